// Sends a public form without leaving it, so that a lost connection loses nothing that was typed.
// Without script it is sent as any form is.
import { el, icon } from "../lib/dom.js";
import { sendTexts } from "../lib/http.js";
import { t } from "../lib/i18n.js";

const LOST = t("Chưa gửi được: không có mạng, hoặc máy chủ chưa trả lời. Những gì bạn nhập vẫn còn đây, bấm gửi lần nữa khi có mạng.");

export function start(form) {
  const button = form.querySelector("button[type=submit]");
  const said = form.querySelector("[data-said]");
  let sending = false;

  function say(kind, name, text) {
    said.replaceChildren(el(`div.notice${kind}`, {}, icon(name, 22), el("p", {}, text)));
  }

  async function send() {
    say("", "send", t("Đang gửi…"));
    try {
      const { url } = await sendTexts(form.action, new URLSearchParams(new FormData(form)));
      window.location.assign(url);
      return;
    } catch (problem) {
      if (problem.status >= 400 && problem.status < 500) {
        HTMLFormElement.prototype.submit.call(form); // the page that answers says at each field what to mend
        return;
      }
      say(".notice-bad", "alert-circle", LOST);
    }
    sending = false;
    button.removeAttribute("aria-disabled");
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sending) return; // a second tap
    sending = true;
    button.setAttribute("aria-disabled", "true");
    send();
  });
  form.dataset.live = "";
}
