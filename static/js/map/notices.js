// Says what is going on above the list: loading, the server out of reach, too many to draw.
import { el, icon } from "../lib/dom.js";
import { clock } from "../lib/format.js";
import { language, t } from "../lib/i18n.js";

export function createNotices(root, onRetry) {
  const holder = root.querySelector("[data-notices]");
  const results = root.querySelector(".results");
  const map = root.querySelector(".map-area");
  let lastGood = null;

  const busy = (on) => {
    results.setAttribute("aria-busy", String(on));
    map.classList.toggle("is-loading", on);
  };

  function failure(error) {
    const reason = error.status === 0 || error.status >= 500
      ? t("Chưa kết nối được máy chủ.") : (language === "vi" && error.message) || t("Máy chủ từ chối yêu cầu này.");
    const kept = lastGood && t("Đang hiển thị dữ liệu lúc {time}.", { time: clock(lastGood) });
    return el("div.notice.notice-warm", { role: "alert" },
      icon("cloud-off", 22),
      el("div", {},
        el("p", {}, reason, kept && " ", kept),
        el("button.button", { type: "button", onclick: onRetry }, icon("refresh", 18), t("Thử lại"))));
  }

  return {
    loading: () => busy(true),
    ready() {
      lastGood = new Date();
      busy(false);
      holder.replaceChildren();
    },
    failed(error) {
      busy(false);
      holder.replaceChildren(failure(error));
    },
  };
}
