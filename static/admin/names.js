// Names what Django's own forms leave without one, for those who hear the page: columns name the fields below
// them, a legend its file, a label the box that select2 puts in place of its list.

const CONTROLS = "input:not([type=hidden]), select, textarea, .select2-selection, .select2-selection__rendered";

function text(element) {
  return element?.textContent.trim().replace(/[:?]$/, "") ?? "";
}

function nameOf(control) {
  if (control.id === "searchbar") return "Search";
  const list = control.closest(".select2-container")?.previousElementSibling;
  if (list) return text(list.labels?.[0]) || list.ariaLabel;
  const cell = control.closest("td");
  const column = cell?.closest("table").tHead?.rows[0].cells[cell.cellIndex];
  return text(column) || text(control.closest("fieldset")?.querySelector(":scope > legend"));
}

function nameAll(part) {
  for (const control of part.querySelectorAll(CONTROLS)) {
    const isNamed = control.labels?.length && control.id !== "searchbar";
    const name = isNamed || control.ariaLabel ? "" : nameOf(control);
    if (name) control.ariaLabel = name;
  }
  for (const head of part.querySelectorAll("thead th:empty")) {
    const said = document.createElement("span");
    said.className = "visually-hidden";
    said.textContent = head.classList.contains("original") ? "As it is" : "Removal";
    head.append(said);
  }
}

nameAll(document);
// Rows and the parts of select2 come later.
new MutationObserver((changes) => {
  for (const change of changes) if (change.addedNodes.length) nameAll(change.target);
}).observe(document.body, { childList: true, subtree: true });
