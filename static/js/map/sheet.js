// On a phone the list is a sheet with three stops. A tap on the handle goes up and then back
// down; a drag ends at the nearest stop.
import { t } from "../lib/i18n.js";

const STOPS = ["peek", "half", "full"];
const LABELS = { peek: t("Mở danh sách"), half: t("Mở rộng danh sách"), full: t("Thu gọn danh sách") };
const TAP_PX = 6;

export function createSheet(sheet) {
  const handle = sheet.querySelector("[data-sheet-handle]");
  const label = handle.querySelector(".visually-hidden");
  let drag = null;

  function set(stop) {
    sheet.dataset.stop = stop;
    sheet.style.removeProperty("height");
    handle.setAttribute("aria-expanded", String(stop !== "peek"));
    label.textContent = LABELS[stop];
  }

  const next = () => STOPS[(STOPS.indexOf(sheet.dataset.stop) + 1) % STOPS.length];

  function nearest(height) {
    const whole = sheet.parentElement.clientHeight;
    if (height > whole * 0.72) return "full";
    return height > whole * 0.28 ? "half" : "peek";
  }

  handle.addEventListener("pointerdown", (event) => {
    drag = { y: event.clientY, height: sheet.offsetHeight, moved: false };
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const up = drag.y - event.clientY;
    if (Math.abs(up) > TAP_PX) drag.moved = true;
    if (!drag.moved) return;
    sheet.classList.add("is-dragged");
    sheet.style.height = `${Math.min(sheet.parentElement.clientHeight, Math.max(72, drag.height + up))}px`;
  });
  const end = () => {
    if (!drag) return;
    sheet.classList.remove("is-dragged");
    if (drag.moved) set(nearest(sheet.offsetHeight));
    handle.dataset.dragged = drag.moved ? "1" : "";
    drag = null;
  };
  handle.addEventListener("pointerup", end);
  handle.addEventListener("pointercancel", end);
  handle.addEventListener("click", () => {
    if (handle.dataset.dragged !== "1") set(next());
    handle.dataset.dragged = "";
  });
  // Reading by keyboard must not happen behind the edge of the screen.
  sheet.addEventListener("focusin", (event) => {
    if (event.target !== handle && event.target.matches(":focus-visible") && sheet.dataset.stop === "peek") set("half");
  });
  set("peek");
  return { set };
}
