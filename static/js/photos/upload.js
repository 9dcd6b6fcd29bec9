// Sends the photos of a form while the page stays, with progress; without script the form does it.
import { sendForm } from "../lib/http.js";
import { t } from "../lib/i18n.js";

export function start(form) {
  const input = form.querySelector("input[type=file]");
  const button = form.querySelector("button");
  const progress = form.querySelector("progress");
  const said = form.querySelector("[data-said]");

  const say = (sentence) => {
    said.textContent = sentence;
    said.hidden = !sentence;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (input.files.length === 0) {
      say(t("Chưa chọn ảnh nào."));
      input.focus();
      return;
    }
    say("");
    button.disabled = true;
    progress.hidden = false;
    try {
      await sendForm(form.action, new FormData(form), (share) => (progress.value = share));
      location.reload();
    } catch (problem) {
      say(problem.message || t("Chưa gửi được ảnh. Kiểm tra mạng rồi thử lại."));
      button.disabled = false;
      progress.hidden = true;
    }
  });
}
