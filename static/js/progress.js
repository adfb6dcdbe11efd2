// What a visitor has ticked as read or done, kept by this browser alone: one key, versioned JSON with the dates. Lines
// with `data-tick` get a checkbox, `data-share` says how much of a session is done, `data-whole` how much of all.
import { made } from "./made.js";
import { ready } from "./ready.js";
import { store, stored } from "./stored.js";

const PROGRESS = "progress";
export const ASIDE = "progress-aside";
const SAID = new Set();
export const has = Object.hasOwn;
let unkept = null; // the ticks of this page, where the browser keeps none
let steps = null; // the sessions of the course, once asked for
let asked = false;

// What of these ticks can be understood; null where they are not written as ours are.
function understood(kept) {
  if (kept?.version !== 1 || Object(kept.ticks) !== kept.ticks) return null;
  return Object.fromEntries(
    Object.entries(kept.ticks)
      .filter(([key, tick]) => isTick(key, tick?.on))
      .map(([key, { on, title, address }]) => [key, { on, title: plainText(title), address: plainText(address) }]),
  );
}

// Text as it is, without what would turn around the words beside it; what is none, and may be anything in a file from
// elsewhere, is nothing.
export function plainText(text) {
  return typeof text === "string" ? text.slice(0, 500).replace(/[\u202a-\u202e\u2066-\u2069]/g, "") : "";
}

export function isTick(key, on) {
  return typeof key === "string" && typeof on === "string" && /^[a-z]\d{1,18}(-[\da-f]{1,16})?$/.test(key) && !isNaN(Date.parse(on));
}

// Ticks by key: { on, title, address }.
export function ticks() {
  if (unkept) return unkept;
  const text = stored(PROGRESS);
  if (!text) return {};
  try {
    const kept = understood(JSON.parse(text));
    if (kept) return kept;
  } catch {
    // not even JSON
  }
  // Somebody may want to mend it.
  if (store(ASIDE, text)) store(PROGRESS, null);
  else unkept = {};
  say("Your progress here cannot be read. It was put aside, and you start afresh.");
  return {};
}

export function latestFirst(done) {
  return Object.entries(done).sort(([, one], [, other]) => (one.on < other.on ? 1 : -1));
}

// What another tab did meanwhile is kept, since `alter` gets what is stored now. Says whether it could be stored.
export function change(alter) {
  const now = ticks();
  alter(now);
  if (store(PROGRESS, Object.keys(now).length ? JSON.stringify({ version: 1, ticks: now }) : null)) unkept = null;
  else {
    unkept = now;
    say("This browser does not keep your progress: its storage is off or full. Ticks are lost when you leave this page.");
  }
  show();
  return !unkept;
}

// Things that have become one are ticked where one of them was.
export function follow(moved) {
  const gone = Object.keys(ticks()).filter((key) => has(moved, key));
  if (gone.length) {
    change((all) => {
      for (const key of gone) {
        all[moved[key]] ??= all[key];
        delete all[key];
      }
    });
  }
}

export async function ask(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

// Once, politely.
export function say(text) {
  if (SAID.has(text)) return;
  SAID.add(text);
  ready(() => setTimeout(() => document.querySelector(".say").append(`${text} `), 100));
}

function addBox(place) {
  const { tick, title, words } = place.dataset;
  const box = Object.assign(document.createElement("input"), { type: "checkbox", value: tick, autocomplete: "off" });
  const label = made("label", "tick", box, words ?? "");
  if (!words) box.setAttribute("aria-label", `Read: ${title}`);
  box.addEventListener("change", () => {
    const { top } = box.getBoundingClientRect();
    change((all) => {
      if (box.checked) all[tick] = { on: new Date().toISOString(), title };
      else delete all[tick];
    });
    // The box stays below the finger, whatever came or went above it.
    scrollBy({ top: box.getBoundingClientRect().top - top, behavior: "instant" });
  });
  place.prepend(label);
}

// 3 readings and 1 session; what there is none of is left out.
export function amounts(...parts) {
  const some = parts.filter(([, total]) => total);
  return some.map(([text, total, word]) => `${text} ${word}${total > 1 ? "s" : ""}`).join(" and ");
}

// That a session is done is its visitor's own word, whatever is read: then nothing more is said of it.
function sayShare(place, done) {
  const { share } = place.dataset;
  const lines = place.closest("article").querySelectorAll("li[data-tick]");
  const listed = steps?.find((step) => step.key === share)?.readings ?? [...new Set(Array.from(lines, (line) => line.dataset.tick))];
  const read = listed.filter((key) => has(done, key)).length;
  let said = "";
  if (has(done, share)) said = made("strong", "mark", "✓ Done");
  else if (read) said = read < listed.length ? `${read} of ${listed.length} read` : "All read";
  place.replaceChildren(said);
}

// The first session that is neither done nor wholly read, from where the visitor got to; else the first of all. What
// several sessions read counts for the next of them.
function nextStep(done) {
  const isOpen = ({ key, readings }) => !has(done, key) && (!readings.length || readings.some((each) => !has(done, each)));
  const places = {};
  steps.forEach(({ key, readings }, at) => [key, ...readings].forEach((tick) => (places[tick] ??= []).push(at)));
  let reached = 0;
  for (const [tick] of latestFirst(done).reverse()) reached = places[tick]?.find((at) => at >= reached) ?? places[tick]?.[0] ?? reached;
  return steps.slice(reached).find(isOpen) ?? steps.find(isOpen);
}

function sayWhole(whole, done) {
  if (!steps) return;
  const all = [...new Set(steps.flatMap((step) => step.readings))];
  const read = all.filter((key) => has(done, key)).length;
  const held = steps.filter((step) => has(done, step.key)).length;
  const next = nextStep(done);
  const find = (selector) => whole.querySelector(selector);
  find("label").textContent = `${amounts([`${read} of ${all.length}`, all.length, "reading"], [`${held} of ${steps.length}`, steps.length, "session"])} done`;
  Object.assign(find("progress"), { max: all.length + steps.length || 1, value: read + held });
  find(".next-step").hidden = find(".place").hidden = !next;
  find(".all-done").hidden = next;
  document.querySelector(".continue")?.remove();
  if (!next) return;
  Object.assign(find(".next-step a"), { textContent: next.name, href: next.address });
  find(".place").href = next.place;
  // Its entry, where this is the page of the course that has it.
  document.getElementById(next.key)?.prepend(made("p", "mark continue", "Continue here"));
}

function show() {
  const done = ticks();
  const some = Object.keys(done).length > 0;
  const whole = document.querySelector("[data-whole]");
  document.documentElement.dataset.progress = some ? "some" : "none";
  for (const box of document.querySelectorAll(".tick input")) box.checked = has(done, box.value);
  for (const place of document.querySelectorAll("[data-share]")) sayShare(place, done);
  if (!some) document.querySelector(".continue")?.remove();
  if (whole && some) {
    const template = whole.querySelector("template");
    if (template) template.replaceWith(template.content);
    sayWhole(whole, done);
    if (!asked) {
      asked = true;
      ask(whole.dataset.whole).then(
        (found) => {
          steps = found.sessions;
          follow(found.moved);
          show();
        },
        () => (whole.querySelector("label").textContent = `Ticked so far: ${Object.keys(done).length}`),
      );
    }
  }
  dispatchEvent(new Event("progress"));
}

// Before the first paint, so that there is room for what comes.
document.documentElement.dataset.progress = Object.keys(ticks()).length ? "some" : "none";
ready(() => {
  const status = made("p", "say");
  status.setAttribute("role", "status");
  document.body.append(status);
  document.querySelectorAll("[data-tick]").forEach(addBox);
  show();
  addEventListener("storage", (event) => {
    if (event.key === PROGRESS || event.key === null) show();
  });
  // A page that the browser had put away whole missed what happened since.
  addEventListener("pageshow", (event) => {
    if (event.persisted) show();
  });
});
