// The page of one's progress: what is ticked, into a file, out of a file, forgotten. What it says stands in its template.
import { made } from "./made.js";
import { amounts, ASIDE, ask, change, follow, has, isTick, latestFirst, plainText, ticks } from "./progress.js";
import { asItComes } from "./ready.js";
import { store } from "./stored.js";

const FORMAT = "reading-group-progress";
const MOST_BYTES = 2_000_000;
const MOST_TICKS = 10_000; // what every later page has to read

// As `sessions.syllabus.fingerprint` makes it of an address gone by.
const fingerprint = (text) => Array.from(text).reduce((sum, letter) => (sum * 31 + letter.codePointAt()) % 2 ** 32, 0);

asItComes("[data-things]", (desk) => {
  desk.append(desk.querySelector("template").content);
  const find = (selector) => desk.querySelector(selector);
  const words = desk.dataset;
  const chooser = find("input");
  const question = find(".question");
  const found = find(".found");
  const site = location.origin;
  let known = new Map(); // key: title and address
  let places = new Map(); // address, present or former, or the fingerprint of one: key

  const learn = async () => {
    if (known.size) return;
    const { things, moved } = await ask(words.things);
    known = new Map(things.map(([key, ...about]) => [key, about]));
    places = new Map(things.flatMap(([key, , ...all]) => all.map((place) => [place, key])));
    follow(moved);
  };

  // Title and address of something ticked: the present ones, where the site knows it.
  const about = (key, { title, address }) => known.get(key) ?? [title, address];

  const list = () => {
    const all = latestFirst(ticks());
    const sessions = all.filter(([key]) => key.startsWith("s")).length;
    const readings = all.length - sessions;
    find(".sum").textContent = all.length
      ? `You have ticked ${amounts([readings, readings, "reading"], [sessions, sessions, "session"])} in this browser.`
      : words.none;
    for (const part of desk.querySelectorAll(".some")) part.hidden = !all.length;
    for (const part of desk.querySelectorAll(".none")) part.hidden = all.length;
    find("ol").replaceChildren(
      ...all.map(([key, tick]) => {
        const [title, address] = about(key, tick);
        // What the site does not know comes from a file: it may lead to a page here, and nowhere else.
        const leads = known.has(key) ? /^(https?:\/)?\//.test(address) : address?.startsWith("/") && URL.canParse(address, site) && new URL(address, site).origin === site;
        const work = Object.assign(made(leads ? "a" : "span", "work", title || key), leads && { href: address });
        const day = made("span", "aside", new Date(tick.on).toLocaleDateString("en-GB", { dateStyle: "long" }));
        if (known.size && !known.has(key)) day.append(", not on this site");
        return made("li", "", work, day);
      }),
    );
    if (all.length && !known.size) learn().then(() => known.size && list(), () => {});
  };

  // Answered, the focus is where it was before; on what was done where that is gone.
  const propose = (opener, text, yes, act) => {
    const close = (said) => {
      question.hidden = true;
      found.textContent = said;
      (opener.checkVisibility() ? opener : found).focus();
    };
    find(".question p").textContent = text;
    find(".yes").textContent = yes;
    find(".yes").onclick = () => close(act());
    find(".no").onclick = () => close("");
    question.onkeydown = ({ key }) => {
      if (key === "Escape") close("");
    };
    question.hidden = false;
    find(".question p").focus();
  };

  find(".save").onclick = async () => {
    await learn().catch(() => {});
    const saved = new Date().toISOString();
    const lines = Object.entries(ticks()).map(([key, tick]) => {
      const [title, address] = about(key, tick);
      return { key, title, address: address?.replace(/^\//, `${site}/`), ticked: tick.on };
    });
    const file = { format: FORMAT, version: 1, group: words.group, site, saved, ticks: lines };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(file), "\n"], { type: "application/json" }));
    link.download = `progress-${saved.slice(0, 10)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  // What is wrong with a file, empty where nothing is.
  const fault = (file) => {
    if (file?.format !== FORMAT || !Array.isArray(file.ticks)) return words.foreign;
    if (file.version !== 1) return words.newer;
    if (file.ticks.length > MOST_TICKS) return words.large;
    return file.group === words.group || file.site === site ? "" : words.other.replace("…", () => `: “${plainText(file.group).slice(0, 200)}”`);
  };

  const compare = (file) => {
    const mine = ticks();
    const fresh = new Map();
    const there = new Set();
    let others = 0;
    const lines = file.ticks.filter((tick) => isTick(tick?.key, tick?.ticked));
    const unread = file.ticks.length - lines.length;
    for (const { key, ticked, title, address } of lines) {
      const own = plainText(address).replace(`${plainText(file.site)}/`, "/");
      const thing = known.get(key);
      // On a site made anew the addresses are the same, and the keys are others: here one may be another thing's.
      const found = thing?.includes(fingerprint(own)) ? key : (places.get(own) ?? places.get(fingerprint(own)));
      const here = found ?? key;
      if (own && !found && thing && thing[0] !== title) others += 1;
      else if (has(mine, here)) there.add(here);
      else fresh.set(here, { on: new Date(ticked).toISOString(), title: plainText(title), address: own });
    }
    const unknown = [...fresh.keys()].filter((key) => !known.has(key)).length;
    const total = fresh.size + there.size + others + unread;
    if (Object.keys(mine).length + fresh.size > MOST_TICKS) return words.large;
    const parts = [[fresh.size - unknown, "new"], [there.size, "already here"], [unknown, "not on this site"], [others, "left out, as this site has something else in their place"], [unread, "left out as unreadable"]].filter(([number]) => number);
    const says = total ? `This file has ${amounts([total, total, "tick"])}: ${parts.map((part) => part.join(" ")).join(", ")}.` : words.empty;
    if (!fresh.size) return `${says} ${words.nothing}`;
    propose(find(".bring"), `${says} ${unknown ? words.unknown : ""}`, words.yes, () =>
      change((all) => fresh.forEach((tick, key) => (all[key] ??= tick))) ? words.in : "",
    );
    return "";
  };

  find(".bring").onclick = () => chooser.click();
  chooser.onchange = async () => {
    const [chosen] = chooser.files;
    question.hidden = true;
    found.textContent = "";
    let said = words.large;
    if (chosen.size <= MOST_BYTES) {
      let file;
      try {
        file = JSON.parse(await chosen.text());
      } catch {
        file = null;
      }
      said = fault(file) || (await learn().then(() => compare(file), () => words.silent));
    }
    found.textContent = said;
    chooser.value = "";
  };

  find(".forget").onclick = () =>
    propose(find(".forget"), words.sure, words.forget, () => {
      change((all) => Object.keys(all).forEach((key) => delete all[key]));
      store(ASIDE, null);
      return words.forgotten;
    });

  addEventListener("progress", list);
  list();
});
