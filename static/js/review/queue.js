// Keys for who works through many rows: j k Enter x a r; choose all; how many are ticked. Keys
// rest while somebody types, with a modifier, and when switched off. Without this script the form
// sends whatever is ticked.
import { number } from "../lib/format.js";
import { actionOf } from "./keys.js";

const OFF = "review-keys-off"; // in this browser's memory

export function start(form) {
  const rows = [...form.querySelectorAll("[data-row]")];
  const boxOf = (row) => row.querySelector('input[name="pick"]');
  const links = rows.map((row) => row.querySelector("[data-open]"));
  const all = form.querySelector("[data-all]");
  const switchBox = form.querySelector("[data-keys-on]");

  function count() {
    const boxes = rows.map(boxOf).filter(Boolean);
    if (!all || !boxes.length) return;
    const ticked = boxes.filter((box) => box.checked).length;
    const box = all.querySelector("input");
    box.checked = ticked === boxes.length;
    box.indeterminate = ticked > 0 && ticked < boxes.length;
    all.querySelector("[data-count]").textContent = ticked ? `Đang chọn ${number(ticked)} dòng.` : "";
  }

  const current = () => rows.findIndex((row) => row.contains(document.activeElement));

  function go(step) {
    const at = current();
    const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1);
    links[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }

  /** The row alone takes the first step: what else is ticked stays for later. */
  function approve(row) {
    const button = form.querySelector("[data-approve]");
    if (!button) return;
    for (const other of rows) boxOf(other).checked = other === row;
    form.requestSubmit(button);
  }

  const acts = {
    next: () => go(1),
    previous: () => go(-1),
    tick: (row) => { if (boxOf(row)) { boxOf(row).checked = !boxOf(row).checked; count(); } },
    approve,
    return: (row) => row.querySelector("[data-return]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    const action = switchBox?.checked === false ? null : actionOf(event);
    if (!action) return;
    const row = rows[current()];
    if (!row && action !== "next" && action !== "previous") return;
    event.preventDefault();
    acts[action](row);
  });

  form.addEventListener("change", (event) => {
    if (event.target.closest("[data-all]")) {
      for (const row of rows) boxOf(row).checked = event.target.checked;
    }
    if (event.target === switchBox) localStorage.setItem(OFF, switchBox.checked ? "" : "1");
    count();
  });

  if (all) all.hidden = false;
  const keys = form.querySelector("[data-keys]");
  if (keys) {
    keys.hidden = false;
    switchBox.checked = !localStorage.getItem(OFF);
  }
  count();
}
