// Rows that are corrected in place, a form each: what is typed in other rows stays while one is sent.
// Without script, and where nothing else is typed, a row is sent as any form is.
import { el } from "../lib/dom.js";
import { sendForPage } from "../lib/http.js";

const LOST = "Chưa gửi được: không có mạng, hoặc máy chủ chưa trả lời. Những gì bạn nhập vẫn còn đây, bấm gửi lần nữa khi có mạng.";

const FIELDS = ".import-mend :is(input:not([type=hidden]), textarea)";

const keyOf = (field) => `${field.closest(".import-row").id} ${field.name} ${field.type === "radio" ? field.value : ""}`;
const isTyped = (field) => (field.type === "radio" ? field.checked && !field.defaultChecked : field.value !== field.defaultValue);

/** What somebody wrote or chose in the rows, but for one form: key → value. */
function typedBeside(section, form) {
  const fields = [...section.querySelectorAll(FIELDS)];
  return new Map(fields.filter((field) => !form.contains(field) && isTyped(field)).map((field) => [keyOf(field), field.value]));
}

function typeAgain(section, typed) {
  for (const field of section.querySelectorAll(FIELDS)) {
    if (!typed.has(keyOf(field))) continue;
    if (field.type === "radio") field.checked = true;
    else field.value = typed.get(keyOf(field));
  }
}

/** The page that came instead of this one; the keys go on where the sent row stood. */
function show({ page, url }, at) {
  const main = page.querySelector("main");
  const section = main.querySelector("#rows");
  document.title = page.title;
  document.querySelector("main").replaceWith(main);
  history.replaceState(null, "", url);
  const rows = section.querySelectorAll(".import-row");
  rows[Math.min(at, rows.length - 1)]?.querySelector(`${FIELDS}, .import-mend button`)?.focus();
  return section;
}

async function send(section, form, submitter, typed) {
  const at = [...section.querySelectorAll(".import-row")].indexOf(form.closest(".import-row"));
  const body = new URLSearchParams(new FormData(form, submitter));
  form.querySelector("[data-lost]")?.remove();
  let answer;
  try {
    answer = await sendForPage(form.action, body);
  } catch {
    form.append(el("p.error", { role: "alert", "data-lost": true }, LOST));
    return;
  }
  if (!answer.page.querySelector("main #rows")) { // somebody has to sign in, say: as any form is
    if (submitter?.name) form.append(el("input", { type: "hidden", name: submitter.name, value: submitter.value }));
    form.submit();
    return;
  }
  const shown = show(answer, at);
  typeAgain(shown, typed);
  start(shown);
}

export function start(section) {
  section.addEventListener("submit", (event) => {
    const form = event.target;
    const typed = typedBeside(section, form);
    if (!typed.size) return;
    event.preventDefault();
    send(section, form, event.submitter, typed);
  });
}
