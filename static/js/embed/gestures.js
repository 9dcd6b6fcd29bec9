// Inside another page one finger and the wheel scroll that page, as everywhere on it: the map takes
// two fingers, or the wheel with Ctrl (⌘). A hint says so to whoever tries otherwise.
import { el } from "../lib/dom.js";
import { t } from "../lib/i18n.js";

const HINT_MS = 1_600;
const isApple = /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? "");

/** `area` holds the map; css/frame.css lets the browser scroll by one finger over it. */
export function shareGestures(area) {
  const map = area.querySelector("[data-map]");
  const say = createHint(area);
  // Before Leaflet hears of it. Buttons and cards get their clicks all the same.
  map.addEventListener("touchstart", (event) => {
    if (event.touches.length < 2) event.stopPropagation();
  }, { capture: true, passive: true });
  map.addEventListener("touchmove", (event) => {
    if (event.touches.length < 2) say(t("Dùng hai ngón tay để di chuyển bản đồ"));
  }, { capture: true, passive: true });
  map.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    event.stopPropagation();
    const key = isApple ? "⌘" : "Ctrl";
    say(t("Giữ phím {key} và lăn chuột để phóng to, thu nhỏ", { key }));
  }, { capture: true, passive: true });
}

/** A line over the map for a moment; the buttons of the map say the same to who does not see it. */
function createHint(area) {
  const hint = el("p.gesture-hint", { "aria-hidden": "true" });
  let timer = 0;
  area.append(hint);
  return (words) => {
    hint.textContent = words;
    hint.classList.add("is-shown");
    clearTimeout(timer);
    timer = setTimeout(() => hint.classList.remove("is-shown"), HINT_MS);
  };
}
