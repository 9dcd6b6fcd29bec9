// A combobox with a list (ARIA 1.2): the focus stays in the field, arrows move through the options.
import { el } from "../lib/dom.js";

/**
 * `field` is an input; `panel` gets the list and the nodes before it. `show(options, before)` draws
 * options {label (nodes), pick}; `onSubmit` hears Enter where no option is chosen, `onOpen` the wish
 * to see options. The panel is open while it has something to show and the focus is in the field.
 */
export function createCombobox(field, panel, { label, onOpen, onSubmit }) {
  const list = el("ul.suggestion-list", { role: "listbox", id: `${field.id}-options`, "aria-label": label });
  let options = [];
  let active = -1;

  panel.replaceChildren(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-controls": list.id, "aria-autocomplete": "list", "aria-expanded": "false",
  })) field.setAttribute(name, value);

  function activate(index) {
    active = index;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
    if (index < 0) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", list.children[index].id);
    return list.children[index].scrollIntoView({ block: "nearest" });
  }

  function close() {
    panel.hidden = true;
    field.setAttribute("aria-expanded", "false");
    activate(-1);
  }

  function item(option, index) {
    const node = el("li.suggestion", { role: "option", id: `${list.id}-${index}`, "aria-selected": "false" }, option.label);
    node.addEventListener("click", () => pick(index));
    return node;
  }

  function pick(index) {
    const { pick: chosen } = options[index];
    close();
    chosen();
  }

  function show(given, before) {
    options = given;
    list.replaceChildren(...given.map(item));
    list.hidden = given.length === 0;
    panel.replaceChildren(...before, list);
    activate(-1);
    const open = given.length + before.length > 0 && document.activeElement === field;
    panel.hidden = !open;
    field.setAttribute("aria-expanded", String(open && given.length > 0));
  }

  function move(step) {
    if (panel.hidden) return onOpen();
    const places = options.length + 1; // the field itself is one of them
    return activate(((active + 1 + step + places) % places) - 1);
  }

  function escape(event) {
    if (panel.hidden) return;
    event.preventDefault(); // of a search field it would empty what was typed
    event.stopPropagation();
    close();
  }

  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => (active >= 0 && !panel.hidden ? pick(active) : onSubmit()),
  };
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Vietnamese input methods use these keys themselves
    if (event.key === "Escape") return escape(event);
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  field.addEventListener("focus", () => onOpen());
  // A press on the panel must not take the focus, or the panel would be gone before the click.
  panel.addEventListener("mousedown", (event) => event.target.closest("button") ?? event.preventDefault());
  field.parentElement.closest("form").addEventListener("focusout", (event) => {
    if (!event.currentTarget.contains(event.relatedTarget)) close();
  });
  return { show, close };
}
