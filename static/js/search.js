// Results while somebody types: below the field in the header, or in their place on the page of the search. The form
// works without; what is shown is the same page's part, asked for at an address of its own.
import { ready } from "./ready.js";
import { store, stored } from "./stored.js";
import { tellTime } from "./time.js";

const PAUSE = 150; // ms without a key before anything is asked for
const PATIENCE = 6000; // ms until it is said that nothing comes
const NO_ANSWER = "Results cannot be shown as you type just now. Press Enter to search.";

const isChord = (event) => event.ctrlKey || event.metaKey || event.altKey;

ready(() => {
  const form = document.querySelector("form[data-results]");
  if (!form) return;
  const field = form.elements.q;
  const status = document.createElement("p");
  const region = document.querySelector(".search-results");
  const place = region ?? form.appendChild(document.createElement("div"));
  // All that the form asks, filters of the page of the search among it.
  const asked = () => {
    const query = new URLSearchParams(new FormData(form));
    query.set("q", field.value.trim());
    if (!region) query.set("few", 1);
    for (const [name, value] of [...query]) if (!value) query.delete(name);
    return `${query}`;
  };
  let shown = region ? asked() : null; // what `place` has results for
  let timer, request;

  if (!region) {
    place.className = "panel";
    place.tabIndex = -1; // who clicks into it stays in it, with the keys
    place.setAttribute("role", "group");
    place.ariaLabel = "Results";
    place.hidden = true;
    // Where there is likely a keyboard.
    if (matchMedia("(hover: hover) and (min-width: 40em)").matches && !stored("slash")) field.placeholder = "Press / to search";
  }
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  // Only there once it may be needed, and before it has something to say, or it would not be heard.
  form.addEventListener("focusin", () => form.append(status), { once: true });
  const links = () => [...place.querySelectorAll(".answer, .all a")];
  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };
  const open = () => {
    if (!region) place.hidden = !place.innerHTML.trim();
    say(place.querySelector(".found")?.textContent.replace(/\s+/g, " ").trim() ?? "");
  };
  const show = (html) => {
    place.innerHTML = html;
    place.querySelectorAll(".moment").forEach(tellTime);
    open();
  };
  const close = () => {
    clearTimeout(timer);
    request?.abort();
    say(""); // so that the same words are said again when the same is found again
    if (!region) place.hidden = true;
  };

  const search = async () => {
    const words = field.value.trim();
    const query = asked();
    if (query === shown) return open();
    request?.abort();
    shown = query;
    // A digit is a number of a session, and a letter of other scripts may be a word.
    if (words ? /^[!-/:-~]$/.test(words) : !region) return show(region ? '<p class="lead found">Type one more letter.</p>' : "");
    const mine = (request = new AbortController());
    const late = setTimeout(() => mine.abort("late"), PATIENCE);
    try {
      const response = await fetch(`${form.dataset.results}?${query}`, { signal: mine.signal });
      if (!response.ok && response.status !== 503) throw response; // which says why
      const html = await response.text();
      if (mine !== request || mine.signal.aborted) return;
      show(html);
      if (!response.ok) shown = null;
      if (!region) return;
      // What is wrong with a filter is said with the results from now on.
      for (const each of form.querySelectorAll(".error")) each.remove();
      for (const each of form.querySelectorAll("[aria-invalid]")) each.ariaInvalid = null;
      history.replaceState(null, "", `?${query}`);
      document.title = `Search${words && `: ${words}`} · ${document.querySelector("[property='og:site_name']").content}`;
    } catch {
      if (mine === request) shown = null; // so that the same may be asked for again
      if (mine.signal.aborted && mine.signal.reason !== "late") return;
      show(`<p class="lead found">${NO_ANSWER}</p>`);
    } finally {
      clearTimeout(late);
    }
  };
  const soon = (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(search, PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("compositionend", soon);
  form.addEventListener("submit", close);

  (region ? document : form).addEventListener("keydown", (event) => {
    if (event.isComposing || event.shiftKey || isChord(event)) return;
    const active = document.activeElement;
    // Once it was closed, what it had is there again at once.
    if (event.key === "ArrowDown" && active === field && place.hidden) search();
    const all = [field, ...links()];
    const at = all.indexOf(active);
    if (at < 0 && !place.contains(active)) return;
    const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 1, End: all.length - 1 }[event.key];
    if (event.key === "Escape" && (at || (!region && !place.hidden))) {
      close();
      field.focus();
      event.preventDefault();
    } else if (step >= 0 && (at || event.key.startsWith("A")) && all[step] && !place.hidden) {
      all[step].focus();
      event.preventDefault();
    }
  });
  if (!region) {
    form.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !form.contains(event.relatedTarget)) close();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!form.contains(event.target)) close();
    });
  }

  // One key alone can be switched off: https://www.w3.org/TR/WCAG22/#character-key-shortcuts
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || isChord(event) || stored("slash")) return;
    if (event.defaultPrevented || event.target.closest("input, textarea, select, [contenteditable], [role=textbox]")) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  const keys = document.querySelector(".keys");
  if (keys) {
    const button = keys.querySelector("button");
    const name = () => {
      button.textContent = `Turn this key ${stored("slash") ? "on" : "off"}`;
    };
    name();
    keys.hidden = false;
    button.addEventListener("click", () => {
      store("slash", stored("slash") ? null : "off");
      name();
    });
  }
});
