/** Buttons that copy the text they name (data-copies="its id"). Without this script people select it themselves. */

async function copy(source) {
  source.select(); // seen as what is copied; and what Ctrl+C takes where the clipboard is out of reach
  try {
    await navigator.clipboard.writeText(source.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("button[data-copies]")) {
  const source = document.getElementById(button.dataset.copies);
  const status = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    status.textContent = ""; // so that a second "Copied" is announced too
    const copied = await copy(source);
    button.focus();
    status.textContent = copied ? "Copied" : "Press Ctrl+C to copy what is selected";
    if (!copied) source.select();
  });
}
