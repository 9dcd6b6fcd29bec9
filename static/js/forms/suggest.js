// The form of a proposed place: the map's cross gives its position; the commune chosen is where the
// map looks first.
import { t } from "../lib/i18n.js";
import { pickPoint } from "./picker.js";
import { start as sendInPlace } from "./send.js";

const PRECISE = { enableHighAccuracy: true, timeout: 15_000 };

export function start(form) {
  const picker = pickPoint(form, JSON.parse(form.dataset.settings));
  const commune = form.elements.namedItem("commune");
  const said = form.querySelector("[data-point-said]");
  const here = form.querySelector("[data-here]");
  form.querySelector("[data-picker-hint]").hidden = false;

  function look() {
    const { lng, lat } = commune.selectedOptions[0].dataset;
    if (lng && !picker.read()) picker.show([Number(lng), Number(lat)]);
  }

  const tell = () => { said.textContent = picker.read() ? t("Đã lấy vị trí ở dấu cộng.") : ""; };

  commune.addEventListener("change", look);
  form.elements.namedItem("lng").addEventListener("input", tell);
  if (navigator.geolocation) {
    here.hidden = false;
    here.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
      ({ coords }) => picker.set([coords.longitude, coords.latitude]),
      () => { said.textContent = t("Máy không cho biết vị trí. Hãy dời bản đồ tới đúng nơi."); },
      PRECISE,
    ));
  }
  look();
  tell();
  sendInPlace(form);
}
