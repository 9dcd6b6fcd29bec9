// Signing out while reports wait: they go now, stay sealed until this account signs in again, or go
// away. Nobody is signed out before that was answered.
import { el } from "../lib/dom.js";
import { counted, t } from "../lib/i18n.js";
import { createOutbox } from "../offline/outbox.js";

function choice(words, act, main = "") {
  return el(`button.button${main}`, { type: "button", onclick: act }, words);
}

function dialogFor(form, outbox, count) {
  const said = el("p.error", { role: "alert", hidden: true });
  const leave = () => HTMLFormElement.prototype.submit.call(form);

  async function sendAndLeave() {
    await outbox.send();
    if ((await outbox.waiting()).length === 0) return leave();
    said.textContent = t("Chưa gửi được hết: chưa có mạng. Hãy giữ lại, hoặc thử gửi lần nữa.");
    said.hidden = false;
    return undefined;
  }

  async function removeAndLeave() {
    for (const { id } of await outbox.letters()) await outbox.drop(id);
    leave();
  }

  const dialog = el("dialog.card", { "aria-labelledby": "outbox-title", onclose: () => dialog.remove() },
    el("h2", { id: "outbox-title" }, counted("Còn {n} nhật ký chưa gửi", count)),
    el("p", {}, t("Giữ lại thì chúng được mã hóa trên máy này; chỉ tài khoản của bạn mở và gửi được, ở lần đăng nhập sau.")),
    said,
    el("p.buttons", {},
      choice(t("Gửi ngay rồi đăng xuất"), sendAndLeave, ".button-main"),
      choice(t("Giữ tới lần đăng nhập sau"), leave),
      choice(t("Xóa rồi đăng xuất"), removeAndLeave),
      choice(t("Ở lại"), () => dialog.close())));
  return dialog;
}

/** Asks before the form goes, when letters of this account wait. */
export function start(form) {
  const settings = document.querySelector("[data-outbox]")?.dataset;
  if (!settings) return;
  const outbox = createOutbox(settings);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const count = (await outbox.letters().catch(() => [])).length;
    if (count === 0) return HTMLFormElement.prototype.submit.call(form);
    const dialog = dialogFor(form, outbox, count);
    document.body.append(dialog);
    return dialog.showModal();
  });
}
