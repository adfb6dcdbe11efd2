// Asks before a page is left on which something was changed and not saved. Without this script, nobody asks.

const form = document.querySelector("#content-main > form[method=post], #changelist-form");
const CHOICES = ".action-select, #action-toggle, [name=action], [name=to]"; // ticked for an action: nothing to save
let isChanged = form?.querySelector(".errornote") != null; // what was typed came back, unsaved

function changed({ target }) {
  if (!target.matches(CHOICES)) isChanged = true;
}

form?.addEventListener("input", changed);
form?.addEventListener("change", changed);
form?.addEventListener("submit", () => {
  isChanged = false;
});
addEventListener("beforeunload", (event) => {
  if (isChanged) event.preventDefault();
});
