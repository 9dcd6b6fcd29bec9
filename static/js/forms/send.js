// Sends a public form without leaving it. Without a connection it waits on this device and goes by
// itself; where the device keeps nothing, what was typed stays in the form.
// Without script it is sent as any form is.
import { el, icon } from "../lib/dom.js";
import { sendTexts } from "../lib/http.js";
import { t } from "../lib/i18n.js";
import { createOutbox, LATER, sendWithoutPage, written } from "../offline/outbox.js";
import { openPanel } from "../offline/panel.js";

const LOST = t("Chưa gửi được: không có mạng, hoặc máy chủ chưa trả lời. Những gì bạn nhập vẫn còn đây, bấm gửi lần nữa khi có mạng.");

export function start(form) {
  const button = form.querySelector("button[type=submit]");
  const said = form.querySelector("[data-said]");
  let sending = false;

  function say(kind, name, text) {
    said.replaceChildren(el(`div.notice${kind}`, {}, icon(name, 22), el("p", {}, text)));
  }

  /** Leaves what was typed to the outbox: in its place stands what waits. */
  async function leave() {
    await createOutbox().add(await written(form));
    sendWithoutPage().catch(() => {}); // not allowed: the next page sends it
    const panel = await openPanel();
    form.hidden = true;
    panel.focus();
  }

  async function send() {
    say("", "send", t("Đang gửi…"));
    try {
      const { url } = await sendTexts(form.action, new URLSearchParams(new FormData(form)));
      window.location.assign(url);
      return;
    } catch (problem) {
      if (!LATER.has(problem.status) || problem.status === 429) {
        HTMLFormElement.prototype.submit.call(form); // the page that answers says at each field what to mend
        return;
      }
      await leave().catch(() => say(".notice-bad", "alert-circle", LOST));
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
