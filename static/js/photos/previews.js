// Shows what was chosen before it is sent, makes it small, and says at once what would be refused.
import { el } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { shrunk } from "./shrink.js";

const KINDS = ["image/jpeg", "image/png", "image/webp"];
const MOST_BYTES = 12 * 1024 * 1024;
const MOST_AT_ONCE = 8;

/** Why a file would be refused, "" when nothing speaks against it. */
export function refusal({ type, size }) {
  if (!KINDS.includes(type)) return t("không phải ảnh JPEG, PNG, WEBP");
  if (size > MOST_BYTES) return t("lớn hơn 12 MB");
  return "";
}

/** What speaks against sending these files, "" when nothing does; `most`: how many there is room for. */
export function complaint(files, most = MOST_AT_ONCE) {
  if (files.length > most) return t("Chỉ gửi thêm được {most} ảnh, bạn đã chọn {chosen}: hãy chọn lại.", { most, chosen: files.length });
  const refused = files.find((file) => refusal(file));
  return refused ? t("{file}: {reason}. Hãy chọn lại.", { file: refused.name, reason: refusal(refused) }) : "";
}

function preview(file, shown) {
  const reason = refusal(file);
  if (reason) return el("li.is-refused", {}, `${file.name}: ${reason}`);
  const url = URL.createObjectURL(file);
  shown.push(url);
  return el("li", {}, el("img", { src: url, alt: file.name }));
}

export function start(field) {
  const input = field.querySelector("input[type=file]");
  const list = field.querySelector("[data-previews]");
  const said = el("p.error", { role: "alert", hidden: true });
  const most = Number(field.dataset.most) || MOST_AT_ONCE;
  let shown = [];
  let chosen = 0;
  input.before(said);

  function show(files) {
    for (const url of shown) URL.revokeObjectURL(url);
    shown = [];
    said.textContent = complaint(files, most);
    said.hidden = !said.textContent;
    list.replaceChildren(...files.map((file) => preview(file, shown)));
  }

  async function choose() {
    const mine = (chosen += 1); // another choice may come while this one is drawn
    const files = [...input.files];
    if (files.length > most) return show(files);
    const small = new DataTransfer();
    for (const [number, file] of files.entries()) {
      list.replaceChildren(el("li.soft", { role: "status" }, t("Đang thu nhỏ ảnh {n} / {all}…", { n: number + 1, all: files.length })));
      small.items.add(KINDS.includes(file.type) ? await shrunk(file) : file); // in turn: each is large in memory
      if (mine !== chosen) return undefined;
    }
    input.files = small.files; // sent before this, the pictures go as they are
    return show([...small.files]);
  }

  input.addEventListener("change", choose);
  if (input.files.length) choose(); // chosen before this was loaded

  // What would be refused is not sent: the answer could not give the files back.
  input.form.addEventListener("submit", (event) => {
    if (said.hidden) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    input.focus();
  }, { capture: true });
}
