// Needs on the page: one more, one less, and back again.
import { el, icon } from "../lib/dom.js";

const MODEL = 999; // the number of the need in the template
const KEYS = ["id", "name", "for", "aria-describedby", "data-need"];

/** The template's need under another number. */
function numbered(template, number) {
  const need = template.content.firstElementChild.cloneNode(true);
  for (const element of [need, ...need.querySelectorAll("*")]) {
    for (const key of KEYS) {
      const value = element.getAttribute(key);
      if (value) element.setAttribute(key, value.replaceAll(`needs-${MODEL}-`, `needs-${number}-`).replace(/^999$/, number));
    }
  }
  need.querySelector("[data-need-number]").textContent = number + 1;
  return need;
}

export function arrangeNeeds(section) {
  const list = section.querySelector("[data-need-list]");
  const template = section.querySelector("[data-need-template]");
  let next = Math.max(-1, ...[...list.children].map((need) => Number(need.dataset.need))) + 1;
  const changed = () => list.dispatchEvent(new Event("input", { bubbles: true }));

  /** A button instead of the tick; what it takes away comes back by another. */
  function removable(need) {
    const tick = need.querySelector("[data-need-remove] input");
    const holder = need.querySelector("[data-need-remove]");
    const name = need.querySelector("legend").textContent.trim();
    const button = el("button.button.button-plain", { type: "button", onclick: remove }, icon("trash"), `Bỏ ${name.toLowerCase()}`);
    holder.hidden = true;
    holder.after(button);
    if (tick.checked) remove();

    function remove() {
      const undo = el("button.button.button-plain", { type: "button", onclick: restore }, "Hoàn tác");
      const line = el("p.notice", { role: "status" }, `Đã bỏ ${name.toLowerCase()}. `, undo);
      const saved = need.querySelector("[name$='-id']");
      tick.checked = true;
      need.hidden = true;
      // A need that was never saved is not sent at all.
      if (!saved) need.disabled = true;
      need.before(line);
      undo.focus();
      changed();

      function restore() {
        tick.checked = false;
        need.hidden = need.disabled = false;
        line.remove();
        button.focus();
        changed();
      }
    }
  }

  for (const need of list.children) removable(need);
  section.querySelector("[data-add-need]").addEventListener("click", (event) => {
    event.preventDefault();
    const need = numbered(template, next);
    next += 1;
    list.append(need);
    removable(need);
    need.querySelector("select").focus();
  });
}
