// A button that copies the text of the field it names; the field can be selected by hand without it.
import { t } from "../lib/i18n.js";

export function start(button) {
  const field = document.getElementById(button.dataset.copy);
  const said = button.querySelector("span");
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = t("Đã chép");
    } catch {
      said.textContent = t("Đã chọn: bấm Ctrl+C"); // no right to the clipboard, or plain http
    }
  });
}
