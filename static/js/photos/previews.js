// Shows what was chosen before it is sent, and says at once what would be refused.
import { el } from "../lib/dom.js";

const KINDS = ["image/jpeg", "image/png", "image/webp"];
const MOST_BYTES = 12 * 1024 * 1024;

/** Why a file would be refused, "" when nothing speaks against it. */
export function refusal({ type, size }) {
  if (!KINDS.includes(type)) return "không phải ảnh JPEG, PNG, WEBP";
  if (size > MOST_BYTES) return "lớn hơn 12 MB";
  return "";
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
  let shown = [];
  input.addEventListener("change", () => {
    for (const url of shown) URL.revokeObjectURL(url);
    shown = [];
    list.replaceChildren(...[...input.files].map((file) => preview(file, shown)));
  });
}
