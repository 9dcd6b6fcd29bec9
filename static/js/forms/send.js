// Sends a public form without leaving it. Without a connection it waits on this device and goes by
// itself; where the device keeps nothing, what was typed stays in the form. A form that itself comes
// from the device may have been sent before: it is a new one each time.
// Without script it is sent as any form is.
import { el, icon } from "../lib/dom.js";
import { sendTexts } from "../lib/http.js";
import { t } from "../lib/i18n.js";
import { createOutbox, LATER, sendWithoutPage, written } from "../offline/outbox.js";
import { openPanel } from "../offline/panel.js";

const LOST = t("Chưa gửi được: không có mạng, hoặc máy chủ chưa trả lời. Những gì bạn nhập vẫn còn đây, bấm gửi lần nữa khi có mạng.");
const UNFINISHED = t("Chưa có mạng để máy chủ xem giúp. Hãy điền ô còn thiếu rồi bấm gửi.");
const KEPT = t("Đang ngoại tuyến: cứ điền và bấm gửi, máy giữ lại và tự gửi khi có mạng.");

/** What the server does for each form it shows: an id of its own, and what its address chooses. */
function makeNew(form) {
  form.elements.id.value = crypto.randomUUID();
  for (const [name, value] of new URLSearchParams(location.search)) {
    for (const choice of form.querySelectorAll(`input[type=radio][name="${CSS.escape(name)}"]`)) {
      if (choice.value === value) choice.checked = true;
    }
  }
}

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

  /** Nobody may be here when the server asks for what is missing: it is asked for now. */
  async function wait() {
    if (form.reportValidity()) await leave().catch(() => say(".notice-bad", "alert-circle", LOST));
    else say(".notice-bad", "alert-circle", UNFINISHED);
  }

  async function send() {
    say("", "send", t("Đang gửi…"));
    try {
      const { url } = await sendTexts(form.action, new URLSearchParams(new FormData(form)));
      // One that was mended here is still among the letters, as it was refused.
      if (document.querySelector(".outbox")) await createOutbox().drop(form.elements.id.value).catch(() => {});
      window.location.assign(url);
      return;
    } catch (problem) {
      if (!LATER.has(problem.status) || problem.status === 429) {
        HTMLFormElement.prototype.submit.call(form); // the page that answers says at each field what to mend
        return;
      }
      await wait();
    }
    sending = false;
    button.removeAttribute("aria-disabled");
  }

  if (document.documentElement.dataset.keptAt) {
    makeNew(form);
    say("", "send", KEPT);
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
