// Lets rows be put in order by mouse, finger and keyboard.
//
// Every element with data-order="<selector of its rows>" is improved; each row has one input[name$="-position"],
// which is what the server reads and what people fill in where no script runs. Here it is hidden, and follows
// the order of the rows: 1…n, or from data-order-first on. Nothing is saved before the form is.

const GESTURE = { up: "Move up", down: "Move down" };

for (const list of document.querySelectorAll("[data-order]")) improve(list);

function improve(list) {
  const rows = () => [...list.querySelectorAll(list.dataset.order)];
  const status = list.appendChild(make("p", { className: "order-status", role: "status" }));
  let drag = null;

  function equip(row) {
    const position = row.querySelector('input[name$="-position"]');
    if (!position || row.querySelector(".order-tools")) return;
    // In a list the numbers stay: they are places in the whole list, which may have more pages than this one.
    if (!position.closest("td")) {
      position.tabIndex = -1;
      (position.closest(".fieldBox, .form-row") ?? position).classList.add("order-position");
    }
    const tools = make("span", { className: "order-tools" });
    const handle = make("span", { className: "order-handle", title: "Drag to another place", textContent: "⠿" });
    handle.ariaHidden = "true"; // the two buttons do the same without a pointer
    handle.addEventListener("pointerdown", (event) => begin(row, event));
    tools.append(handle);
    for (const [way, name] of Object.entries(GESTURE)) {
      const button = make("button", { type: "button", className: `order-${way}`, textContent: way === "up" ? "↑" : "↓" });
      button.ariaLabel = name;
      button.addEventListener("click", () => step(row, way, button));
      tools.append(button);
    }
    (row.querySelector("h3") ?? position.closest("td") ?? row).prepend(tools);
  }

  // The order of the rows on the page becomes their positions, and is said to who cannot see it.
  function settle(row) {
    const all = rows();
    all.forEach((each, index) => {
      each.querySelector('input[name$="-position"]').value = Number(list.dataset.orderFirst ?? 1) + index;
    });
    row.dispatchEvent(new Event("change", { bubbles: true })); // as if the numbers had been typed
    status.textContent = "";
    status.textContent = `Row ${all.indexOf(row) + 1} of ${all.length}`;
  }

  function step(row, way, button) {
    const all = rows();
    const other = all[all.indexOf(row) + (way === "up" ? -1 : 1)];
    if (other) way === "up" ? other.before(row) : other.after(row);
    settle(row);
    button.focus(); // lost when a row moves
    button.scrollIntoView({ block: "nearest" });
  }

  // A row that moves in the page loses the capture of the pointer, so the document listens.
  function begin(row, event) {
    if (event.button !== 0 || drag) return;
    event.preventDefault();
    drag = { row, pointer: event.pointerId, y: event.clientY, before: rows() };
    row.classList.add("order-dragged");
    fold(true);
    drag.frame = requestAnimationFrame(scroll);
    listen("addEventListener");
  }

  // While one is dragged the rows are folded to their headings, so that all are within reach; the handle stays
  // under the pointer.
  function fold(isFolded) {
    const place = drag.row.getBoundingClientRect().top;
    list.classList.toggle("order-folded", isFolded);
    scrollBy(0, drag.row.getBoundingClientRect().top - place);
  }

  // Held near an edge of the window, the page goes on scrolling.
  function scroll() {
    const edge = 72;
    const by = Math.min(drag.y - edge, 0) || Math.max(drag.y - (innerHeight - edge), 0);
    if (by) {
      scrollBy(0, by / 6);
      settleUnder(drag.y);
    }
    drag.frame = requestAnimationFrame(scroll);
  }

  function move(event) {
    if (event.pointerId !== drag.pointer) return;
    drag.y = event.clientY;
    settleUnder(drag.y);
  }

  function settleUnder(y) {
    const all = rows();
    const from = all.indexOf(drag.row);
    const before = all.findIndex((row, index) => index < from && y < middle(row));
    const after = all.findLastIndex((row, index) => index > from && y > middle(row));
    if (before >= 0) all[before].before(drag.row);
    else if (after >= 0) all[after].after(drag.row);
  }

  function end(event) {
    if (event.type === "keydown" ? event.key !== "Escape" : event.pointerId !== drag.pointer) return;
    const { row, before, frame } = drag;
    listen("removeEventListener");
    cancelAnimationFrame(frame);
    fold(false);
    row.classList.remove("order-dragged");
    drag = null;
    if (event.type === "pointerup") settle(row);
    else arrange(before);
    if (event.type === "keydown") event.preventDefault();
  }

  function listen(how) {
    document[how]("pointermove", move);
    for (const name of ["pointerup", "pointercancel", "keydown"]) document[how](name, end);
  }

  function arrange(order) {
    const place = order[0] && document.createComment("");
    if (place) rows()[0].before(place);
    for (const row of order) place.before(row);
    place?.remove();
  }

  // Django's script numbers the rows anew when one is removed, in the order it finds them, and a formset wants
  // those that are saved already first: it finds them so, and then they go back to where they were.
  document.addEventListener("formset:removed", ({ detail }) => {
    const seen = rows();
    if (!seen[0] || detail.formsetName !== seen[0].id.replace(/-\d+$/, "")) return;
    const isNew = (row) => !row.querySelector('input[name$="-id"]')?.value;
    arrange([...seen.filter((row) => !isNew(row)), ...seen.filter(isNew)]);
    queueMicrotask(() => arrange(seen));
  });
  list.addEventListener("formset:added", ({ target }) => {
    equip(target);
    target.querySelector("textarea, select, input:not([type=hidden], [tabindex='-1'])")?.focus();
  });
  rows().forEach(equip);
}

function make(tag, given) {
  const element = Object.assign(document.createElement(tag), given);
  if (given.role) element.setAttribute("role", given.role);
  return element;
}

function middle(row) {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}
