// A report goes through the outbox: kept on the device first, so that neither a lost connection nor a
// closed browser loses it. Without script it is sent as any form is. A form that is data-again is empty
// for the next report once its own is kept; another stays: sent again, it takes the place of the first.
import { createOutbox, written } from "../offline/outbox.js";
import { start as connectPosition } from "./position.js";

const TOLD = {
  later: "Đã giữ trên máy, đã mã hóa. Sẽ tự gửi khi có mạng.",
  "sign-in": "Đã giữ trên máy, đã mã hóa. Đăng nhập lại để gửi.",
};
const MORE = " Bạn có thể viết tiếp mục khác.";
const NOT_KEPT = "Chưa gửi được, và máy này không giữ lại được (hết chỗ, hoặc cửa sổ ẩn danh). Những gì bạn viết vẫn còn đây: đừng đóng trang, gửi lại khi có mạng.";

export function start(form) {
  if (form.querySelector("[data-locate]")) connectPosition(form);
  const settings = document.querySelector("[data-outbox]")?.dataset;
  if (!settings) return;
  const outbox = createOutbox(settings);
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("[type=submit]");
  let sending = false;

  function beginAnew() {
    form.reset();
    for (const name of ["lng", "lat"]) form.elements[name].value = "";
    form.elements.report.value = crypto.randomUUID();
    form.elements.photos.dispatchEvent(new Event("change"));
  }

  /** Sends a letter, kept first where the device can: what became of it, and whether it is kept. */
  async function go(letter) {
    const kept = await outbox.add(letter).then(() => true, () => false);
    if (!kept) return { kept, state: (await outbox.post(letter)).state };
    return { kept, state: (await outbox.send()).get(letter.id) ?? "later" };
  }

  async function send() {
    const letter = await written(form, settings);
    const { kept, state } = await go(letter);
    if (state === "sent") return location.assign(form.action.replace(/\/\w+$/, ""));
    if (state === "refused") {
      if (kept) await outbox.drop(letter.id); // the page that answers says at each field what to mend
      return HTMLFormElement.prototype.submit.call(form);
    }
    const again = kept && form.dataset.again !== undefined;
    if (again) beginAnew();
    said.textContent = kept ? TOLD[state] + (again ? MORE : "") : NOT_KEPT;
    return undefined;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return; // a second tap
    sending = true;
    button.setAttribute("aria-disabled", "true");
    said.textContent = "Đang gửi…";
    await send().finally(() => {
      sending = false;
      button.removeAttribute("aria-disabled");
    });
  });
  form.dataset.live = "";
}
