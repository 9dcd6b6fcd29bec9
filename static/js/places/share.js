// Sends or copies the page's address. Where neither works, the link on the page can be held and copied.
import { t } from "../lib/i18n.js";
import { isInApp } from "../lib/position.js";

export function start(card) {
  card.querySelector("[data-in-app]").hidden = !isInApp(navigator.userAgent);
  const { url, title } = card.dataset;
  const button = (name) => card.querySelector(`[data-${name}]`);
  const status = card.querySelector("[data-share-status]");
  const say = (text) => { status.textContent = text; };

  button("share-buttons").hidden = false;
  button("share").hidden = !navigator.share;
  button("copy").hidden = !navigator.clipboard;
  button("share").addEventListener("click", () => {
    navigator.share({ title, url }).catch(() => {}); // closing the sheet is not an error
  });
  button("copy").addEventListener("click", () => {
    navigator.clipboard.writeText(url).then(
      () => say(t("Đã chép đường dẫn.")),
      () => say(t("Trình duyệt không cho chép. Hãy giữ vào đường dẫn phía trên để chép.")),
    );
  });
  button("print").addEventListener("click", () => print());
}
