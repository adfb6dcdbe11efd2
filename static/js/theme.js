// Light, dark, or as the system has it. Kept under the name and with the values that Django's admin uses, so that one
// choice holds for both.
import { ready } from "./ready.js";
import { store, stored } from "./stored.js";

const THEMES = { auto: "as the system", light: "light", dark: "dark" };

function setTheme(theme) {
  document.documentElement.dataset.theme = theme in THEMES ? theme : "auto";
}

setTheme(stored("theme"));
ready(() => {
  const button = document.querySelector(".theme");
  if (!button || !CSS.supports("color", "light-dark(red, red)")) return;
  const say = () => {
    button.querySelector("span").textContent = `Colours: ${THEMES[document.documentElement.dataset.theme]}`;
  };
  say();
  button.hidden = false;
  button.addEventListener("click", () => {
    const themes = Object.keys(THEMES);
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
    setTheme(next);
    store("theme", next);
    say();
  });
  // Another tab, or the admin in it, made another choice.
  addEventListener("storage", (event) => {
    if (event.key !== "theme") return;
    setTheme(event.newValue);
    say();
  });
});
