// A task of many steps, each a form's POST that shows the page again: go on by itself once it was started, until all
// is done, something goes wrong, or “Stop” is pressed. Without this script every step is a press of the button.
let stopped = false;

const steps = () => document.querySelector("[data-steps]");

function stopButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = "Stop";
  button.addEventListener("click", () => {
    stopped = true;
    button.disabled = true;
    button.textContent = "Stopping after this step";
  });
  return button;
}

async function run(form) {
  stopped = false;
  while (form && !stopped) {
    const stop = stopButton();
    form.querySelector("[type=submit]").disabled = true;
    form.append(stop);
    stop.focus();
    let next = null;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      next = answer.ok ? page.querySelector("[data-steps]") : null;
    } catch {
      next = null;
    }
    if (!next) {
      location.reload(); // logged out, or the site is away: the page itself says which
      return;
    }
    steps().replaceWith(document.adoptNode(next));
    form = next.dataset.steps === "on" ? next.querySelector("form") : null;
  }
  (steps().querySelector("[type=submit]") ?? steps().querySelector("a"))?.focus();
}

document.addEventListener("submit", (event) => {
  if (steps()?.contains(event.target)) {
    event.preventDefault();
    run(event.target);
  }
});
