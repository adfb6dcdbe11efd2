// Offers people who are known while a presenter is typed. Without this script the field is plain text.
//
// Every input[data-people="<address>"] holds names with commas between them. The address answers ?q=… with those who
// go by a name like it: {people: [{name, also, text}]}, where `text` is what to write and `also` another name that
// was meant. Keys and roles are those of https://www.w3.org/WAI/ARIA/apg/patterns/combobox/, an editable one with a list.

const PAUSE = 150; // milliseconds without a key before the site is asked
const list = make("ul", { id: "people-found", class: "people-found", role: "listbox", "aria-label": "People", hidden: "" });
const status = make("p", { class: "visually-hidden", role: "status" });
let open = null; // what is offered now: { input, part, people, active }
let asked = new AbortController();

for (const input of document.querySelectorAll("input[data-people]")) improve(input);
document.addEventListener("formset:added", ({ target }) => target.querySelectorAll("input[data-people]").forEach(improve));
document.body.append(list, status);

function improve(input) {
  if (input.closest(".empty-form")) return; // new rows are copies of it
  const hadFocus = input === document.activeElement;
  const box = make("div", { class: "people" });
  input.replaceWith(box);
  box.append(input);
  if (hadFocus) input.focus();
  set(input, { role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id });
  input.addEventListener("input", () => ask(input, PAUSE));
  input.addEventListener("keydown", press);
  input.addEventListener("blur", close);
}

// The part of a text that the caret is in: where it starts and ends, and what is typed of it. Quotes keep one together.
function partAt(text, caret) {
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') isQuoted = isQuoted ? false : !text.slice(start, at).trim();
    else if (!isQuoted && ",;".includes(text[at])) {
      if (at >= caret) return { start, end: at, typed: typed(text.slice(start, caret)) };
      start = at + 1;
    }
  }
  return { start, end: text.length, typed: typed(text.slice(start, caret)) };
}

function typed(text) {
  return text.trim().replace(/^"/, "");
}

async function ask(input, pause) {
  close();
  const part = partAt(input.value, input.selectionStart);
  if (!part.typed) return;
  const { signal } = (asked = new AbortController());
  try {
    await new Promise((done) => setTimeout(done, pause));
    if (signal.aborted) return;
    const answer = await fetch(`${input.dataset.people}?${new URLSearchParams({ q: part.typed })}`, { signal });
    if (answer.ok) offer(input, part, (await answer.json()).people);
  } catch {
    // Overtaken by the next key, or out of reach: what is typed stands as it is.
  }
}

function offer(input, part, people) {
  const count = people.length === 1 ? "1 person" : `${people.length} people`;
  status.textContent = people.length ? `${count} found` : `Nobody here goes by “${part.typed}”`;
  if (!people.length) return;
  list.replaceChildren(
    ...people.map(({ name, also }, index) => {
      const option = make("li", { id: `${list.id}-${index}`, role: "option", "aria-selected": "false" });
      option.textContent = also ? `${name} (${also})` : name;
      option.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
      option.addEventListener("click", () => choose(index));
      return option;
    }),
  );
  open = { input, part, people, active: -1 };
  input.after(list);
  list.hidden = false;
  list.scrollTop = 0;
  list.scrollIntoView({ block: "nearest" });
  set(input, { "aria-expanded": "true" });
}

function close() {
  asked.abort();
  if (!open) return;
  list.hidden = true;
  status.textContent = "";
  set(open.input, { "aria-expanded": "false" });
  open.input.removeAttribute("aria-activedescendant");
  open = null;
}

function press(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.isComposing) return;
  if (!open) {
    if (step === 1) ask(event.target, 0);
  } else if (step) {
    event.preventDefault();
    go(step);
  } else if (event.key === "Escape") {
    event.preventDefault();
    close();
  } else if (event.key === "Enter" && open.active >= 0) {
    event.preventDefault(); // chosen, not yet saved
    choose(open.active);
  }
}

function go(step) {
  const options = [...list.children];
  const from = open.active < 0 && step < 0 ? 0 : open.active;
  open.active = (from + step + options.length) % options.length;
  options.forEach((option, index) => set(option, { "aria-selected": String(index === open.active) }));
  options[open.active].scrollIntoView({ block: "nearest" });
  set(open.input, { "aria-activedescendant": options[open.active].id });
}

function choose(index) {
  const { input, part, people } = open;
  const before = input.value.slice(0, part.start) + (part.start ? " " : "") + people[index].text;
  close();
  input.value = before + input.value.slice(part.end);
  input.setSelectionRange(before.length, before.length);
  input.dispatchEvent(new Event("change", { bubbles: true })); // as if it had been typed
  status.textContent = `${people[index].name} chosen`;
}

function make(tag, attributes) {
  return set(document.createElement(tag), attributes);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
