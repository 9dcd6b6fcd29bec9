// Finds a commune of either era by typing, without diacritics; the chooser below stays the truth.
import { el } from "../lib/dom.js";
import { getJson } from "../lib/http.js";
import { fold } from "../matching/filter.js";
import { settled } from "./delay.js";

const MOST = 8;

export function searchCommunes(field) {
  const select = field.querySelector("select");
  const every = [...select.options].filter((option) => option.value)
    .map((option) => ({ key: option.value, label: option.text, text: fold(option.text) }));
  const list = el("ul.commune-list", { id: "commune-list", role: "listbox", "aria-label": "Xã, phường tìm thấy", hidden: true });
  const input = el("input.input", {
    id: "commune-search", type: "text", autocomplete: "off", role: "combobox",
    "aria-expanded": "false", "aria-controls": "commune-list", "aria-autocomplete": "list",
    placeholder: "Gõ tên xã, phường, không cần dấu",
  });
  field.before(el("div.field.commune-search", {}, el("label", { for: "commune-search" }, "Tìm xã, phường"), input, list));
  let active = -1;

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose({ key, label }) {
    select.value = key;
    input.value = label;
    close();
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function show(found) {
    active = -1;
    list.replaceChildren(...found.map((commune, index) =>
      el("li", { id: `commune-${index}`, role: "option", "aria-selected": "false", onpointerdown: (event) => {
        event.preventDefault();
        choose(commune);
      } }, commune.label)));
    list.found = found;
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
  }

  function mark(index) {
    active = (index + list.children.length) % list.children.length;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === active)));
    list.children[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", `commune-${active}`);
  }

  /** What no name holds may be an older name or a whole address: the server knows those. */
  const askServer = settled(async () => {
    const { communes } = await getJson(`/manage/communes.json?${new URLSearchParams({ q: input.value })}`).catch(() => ({ communes: [] }));
    if (list.hidden) show(communes.slice(0, MOST));
  }, 400);

  input.addEventListener("input", (event) => {
    event.stopPropagation(); // no field of the form
    const words = fold(input.value).split(/\s+/).filter(Boolean);
    const found = words.length ? every.filter(({ text }) => words.every((word) => text.includes(word))) : [];
    show(found.slice(0, MOST));
    if (words.length && !found.length) askServer();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // the form is not sent from here
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active - 1);
    else if (event.key === "Enter") choose(list.found[Math.max(active, 0)]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
}
