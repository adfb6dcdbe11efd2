// Light, dark, or as the system has it. Kept under the name and with the values that Django's admin uses, so that one
// choice holds for both.
import { ready } from "./ready.js";
import { store, stored } from "./stored.js";

const root = document.documentElement;

function setTheme(theme) {
  const chosen = ["light", "dark"].includes(theme) ? theme : "auto";
  root.dataset.theme = chosen;
  // The browser's own frame, too.
  for (const meta of document.querySelectorAll("[name=theme-color]")) {
    const system = (meta.dataset.media ??= meta.media);
    meta.media = chosen === "auto" ? system : system.includes(chosen) ? "all" : "not all";
  }
}

setTheme(stored("theme"));
ready(() => {
  const choice = document.querySelector(".theme");
  if (!choice) return;
  const show = () => {
    choice.querySelector(`[value="${root.dataset.theme}"]`).checked = true;
  };
  show();
  choice.addEventListener("change", ({ target }) => {
    setTheme(target.value);
    store("theme", target.value);
  });
  // Another tab, or the admin in it, made another choice.
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== null && key !== "theme") return;
    setTheme(newValue);
    show();
  });
  // Going back and forth, the browser brings back the page, or the state of its fields, as it was left.
  addEventListener("pageshow", () => {
    if (stored("theme") !== null) setTheme(stored("theme"));
    show();
  });
});
