// The plan's table: choose all, filter rows, say how many will be sent. Without this script the
// form sends whatever is ticked.
import { number } from "../lib/format.js";
import { matches } from "./filter.js";

export function start(section) {
  const rows = [...section.querySelectorAll("tbody tr")];
  const texts = new Map(rows.map((row) => [row, row.textContent]));
  const boxOf = (row) => row.querySelector('input[name="pair"]');
  const filters = section.querySelector("[data-filters]");
  const inputs = {
    text: filters.querySelector("#filter-text"),
    urgency: filters.querySelector("#filter-urgency"),
    group: filters.querySelector("#filter-group"),
  };
  const all = section.querySelector("[data-all]");
  const shownRows = () => rows.filter((row) => !row.hidden);

  function count() {
    const boxes = shownRows().map(boxOf).filter(Boolean);
    if (!all || !boxes.length) return;
    const ticked = boxes.filter((box) => box.checked).length;
    const box = all.querySelector("input");
    box.checked = ticked === boxes.length;
    box.indeterminate = ticked > 0 && ticked < boxes.length;
    section.querySelector("[data-count]").textContent = `Đang chọn ${number(ticked)} đề nghị.`;
  }

  function filter() {
    const wanted = {
      text: inputs.text.value,
      urgency: inputs.urgency.value,
      group: inputs.group?.value ?? "",
    };
    for (const row of rows) {
      row.hidden = !matches({ text: texts.get(row), ...row.dataset }, wanted);
      const box = boxOf(row);
      if (box) box.disabled = row.hidden; // what is not seen is not sent
    }
    const shown = shownRows().length;
    section.querySelector("[data-shown]").textContent =
      shown === rows.length ? "" : `Hiện ${number(shown)} trong ${number(rows.length)} đề nghị; chỉ gửi những dòng đang hiện.`;
    count();
  }

  for (const input of Object.values(inputs)) input?.addEventListener("input", filter);
  section.addEventListener("change", (event) => {
    if (event.target.closest("[data-all]")) {
      for (const box of shownRows().map(boxOf).filter(Boolean)) box.checked = event.target.checked;
    }
    count();
  });
  filters.hidden = false;
  if (all) all.hidden = false;
  filter(); // a browser may have kept old words in the fields
}
