// The form of a proposed place: the map's cross gives its position; the commune chosen is where the
// map looks first.
import { t } from "../lib/i18n.js";
import { kilometresOutside } from "../lib/position.js";
import { pickPoint } from "./picker.js";
import { start as sendInPlace } from "./send.js";

const PRECISE = { enableHighAccuracy: true, timeout: 15_000 };

export function start(form) {
  const settings = JSON.parse(form.dataset.settings);
  const picker = pickPoint(form, settings);
  const commune = form.elements.namedItem("commune");
  const said = form.querySelector("[data-point-said]");
  const here = form.querySelector("[data-here]");
  form.querySelector("[data-picker-hint]").hidden = false;

  function look() {
    const { lng, lat } = commune.selectedOptions[0].dataset;
    if (lng && !picker.read()) picker.show([Number(lng), Number(lat)]);
  }

  const tell = () => { said.textContent = picker.read() ? t("Đã lấy vị trí ở dấu cộng.") : ""; };

  function goHere({ coords: { longitude, latitude } }) {
    if (kilometresOutside([longitude, latitude], settings.province) === 0) picker.set([longitude, latitude]);
    else said.textContent = t("Bạn đang ở ngoài tỉnh. Hãy dời bản đồ tới đúng nơi.");
  }

  commune.addEventListener("change", look);
  form.elements.namedItem("lng").addEventListener("input", tell);
  if (navigator.geolocation) {
    here.hidden = false;
    here.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
      goHere,
      () => { said.textContent = t("Máy không cho biết vị trí. Hãy dời bản đồ tới đúng nơi."); },
      PRECISE,
    ));
  }
  look();
  tell();
  sendInPlace(form);
}
