// Results while somebody types: below the field in the header, or in their place on the page of the search. The form
// works without; what is shown is the same page's part, asked for at an address of its own.
import { ready } from "./ready.js";
import { store, stored } from "./stored.js";

const PAUSE = 150; // ms without a key before anything is asked for
const PATIENCE = 6000; // ms until it is said that nothing comes
const NO_ANSWER = "Results as you type are not available now. Enter searches.";

ready(() => {
  const form = document.querySelector("form[data-results]");
  if (!form) return;
  const field = form.elements.q;
  const status = document.createElement("p");
  const region = document.querySelector(".search-results");
  const place = region ?? form.appendChild(document.createElement("div"));
  let shown = field.value.trim();
  let timer, request;

  if (!region) {
    place.className = "panel";
    place.tabIndex = -1; // who clicks into it stays in it, with the keys
    place.hidden = true;
  }
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  // Only there once it may be needed, and before it has something to say, or it would not be heard.
  field.addEventListener("focus", () => form.append(status), { once: true });
  const links = () => [...place.querySelectorAll("a.answer")];
  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };
  const show = (html) => {
    place.innerHTML = html;
    if (!region) place.hidden = !html;
    say(place.querySelector(".found")?.textContent.replace(/\s+/g, " ").trim() ?? "");
  };
  const close = () => {
    clearTimeout(timer);
    request?.abort();
    shown = "";
    say(""); // so that the same words are said again when the same is found again
    if (!region) place.hidden = true;
  };

  const search = async () => {
    const words = field.value.trim();
    if (words === shown) return;
    request?.abort();
    shown = words;
    if (words.length < 2) {
      show("");
      return;
    }
    // The filters of the page as it is, not as somebody is about to set them.
    const query = new URLSearchParams(region ? location.search : "");
    query.set("q", words);
    query.delete("page");
    const mine = (request = new AbortController());
    const late = setTimeout(() => mine.abort("late"), PATIENCE);
    try {
      const response = await fetch(`${form.dataset.results}?${query}`, { signal: mine.signal });
      if (!response.ok) throw response;
      const html = await response.text();
      if (mine !== request || mine.signal.aborted) return;
      show(html);
      if (!region) return;
      history.replaceState(null, "", `?${query}`);
      document.title = `Search: ${words} · ${document.querySelector("[property='og:site_name']").content}`;
    } catch {
      if (mine.signal.aborted && mine.signal.reason !== "late") return;
      shown = "";
      show(`<p class="lead found">${NO_ANSWER}</p>`);
    } finally {
      clearTimeout(late);
    }
  };
  const soon = (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(search, PAUSE);
  };
  field.addEventListener("input", soon);
  field.addEventListener("compositionend", soon);
  form.addEventListener("submit", close);

  (region ? document : form).addEventListener("keydown", (event) => {
    const all = [field, ...links()];
    const at = all.indexOf(document.activeElement);
    if (event.isComposing || (at < 0 && !place.contains(document.activeElement))) return;
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
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || stored("slash")) return;
    if (event.defaultPrevented || event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  const keys = document.querySelector(".keys");
  if (keys) {
    const button = keys.querySelector("button");
    const name = () => {
      button.textContent = stored("slash") ? "Switch it on" : "Switch it off";
    };
    name();
    keys.hidden = false;
    button.addEventListener("click", () => {
      store("slash", stored("slash") ? null : "off");
      name();
    });
  }
});
