// Says what is going on above the list: loading, the server out of reach, data of another day.
import { el, icon } from "../lib/dom.js";
import { clock, moment } from "../lib/format.js";
import { language, t, to } from "../lib/i18n.js";

const sinceToday = (time) => (time.toDateString() === new Date().toDateString() ? clock(time) : moment(time));

export function createNotices(root, onRetry) {
  const holder = root.querySelector("[data-notices]");
  const results = root.querySelector(".results");
  const map = root.querySelector(".map-area");
  const { keptAt } = document.documentElement.dataset; // of a page that comes from the device
  let lastGood = keptAt ? new Date(keptAt) : null;

  // A phone's sheet has room for it even when it only peeks (css/map.css).
  new ResizeObserver(() => root.style.setProperty("--notice", `${holder.offsetHeight}px`)).observe(holder);

  const busy = (on) => {
    results.setAttribute("aria-busy", String(on));
    map.classList.toggle("is-loading", on);
  };

  function failure(error) {
    const reason = error.status === 0 || error.status >= 500
      ? t("Chưa kết nối được máy chủ.") : (language === "vi" && error.message) || t("Máy chủ từ chối yêu cầu này.");
    const kept = lastGood && t("Đang hiển thị dữ liệu lúc {time}.", { time: sinceToday(lastGood) });
    return el("div.notice.notice-warm", { role: "alert" },
      icon("cloud-off", 22),
      el("div", {},
        el("p", {}, reason, kept && " ", kept),
        el("button.button", { type: "button", onclick: onRetry }, icon("refresh", 18), t("Thử lại"))));
  }

  const offline = ({ at, elsewhere }) => el("div.notice.notice-warm", { role: "status", "data-offline": true },
    icon("cloud-off", 22),
    el("p", {}, t("Ngoại tuyến – dữ liệu lúc {time}", { time: moment(at) }), ". ",
      elsewhere && [t("Vùng này chưa được lưu trên máy: đang hiện vùng xem gần đây nhất."), " "],
      el("a", { href: to("/offline") }, t("Nơi đã có trên máy này"))));

  return {
    loading: () => busy(true),
    ready({ kept } = {}) {
      if (!kept) lastGood = new Date();
      busy(false);
      holder.replaceChildren(...(kept ? [offline(kept)] : []));
    },
    failed(error) {
      busy(false);
      holder.replaceChildren(failure(error));
    },
  };
}
