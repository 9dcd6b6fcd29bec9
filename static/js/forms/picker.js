// A map with a fixed cross in its middle; the point is where the map is moved to. The two fields
// of numbers are the truth: the map follows them, and fills them when somebody moves it.
import { t } from "../lib/i18n.js";
import { L, makeMap } from "../lib/leaflet.js";
import { createBasemap } from "../map/basemap.js";
import { leafletBox } from "../map/box.js";

const NEAR_ZOOM = 14;
const COMMUNE_ZOOM = 12;
const SAME_PIXELS = 2;
const PAN_PIXELS = 40; // one press of an arrow

export const number = (text) => (/^\s*[+-]?\d{1,3}([.,]\d+)?\s*$/.test(text) ? Number(text.replace(",", ".")) : NaN);

export function pickPoint(form, { box, province }) {
  const [lat, lng] = ["lat", "lng"].map((name) => form.elements.namedItem(name));
  const holder = form.querySelector("[data-picker]");
  const take = form.querySelector("[data-take-point]");
  holder.hidden = take.hidden = false;
  const map = makeMap(holder.querySelector("[data-map]"), {
    attributionControl: false,
    zoomControl: false,
    keyboardPanDelta: PAN_PIXELS,
    maxBounds: leafletBox(province, 0.3),
    maxZoom: 18,
    zoomAnimation: false,
    inertia: false,
    // The cross stays where it is: one zooms into and out of it.
    scrollWheelZoom: "center",
    doubleClickZoom: "center",
    touchZoom: "center",
  });
  L.control.zoom({ position: "topright", zoomInTitle: t("Phóng to"), zoomOutTitle: t("Thu nhỏ") }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  let byUs = false; // while the code moves the map, its middle says nothing new
  // Nor after a phone is turned or a window made smaller, before somebody touches the map again.
  let touched = false;
  let touches = 0;
  for (const act of ["pointerdown", "touchstart", "keydown", "wheel"]) {
    map.getContainer().addEventListener(act, () => {
      touched = true;
      touches += 1;
    }, { capture: true, passive: true });
  }
  window.addEventListener("resize", () => { touched = false; });

  function read() {
    const point = [number(lat.value), number(lng.value)];
    return point.some(Number.isNaN) ? null : point;
  }

  function look(point, zoom) {
    byUs = true;
    map.setView(point, Math.max(zoom, map.getZoom() ?? 0), { animate: false });
    byUs = false;
  }

  function write() {
    const middle = map.getCenter();
    lat.value = middle.lat.toFixed(6);
    lng.value = middle.lng.toFixed(6);
    lng.dispatchEvent(new Event("input", { bubbles: true }));
  }

  byUs = true;
  const known = read();
  if (known) map.setView(known, NEAR_ZOOM, { animate: false });
  else map.fitBounds(leafletBox(box), { animate: false });
  byUs = false;
  createBasemap(map, { bounds: province }).load().catch(() => {}); // the numbers work without it

  /** Whether the point is still under the cross: a page that is laid out anew moves the map a little. */
  function unmoved() {
    const point = read();
    if (!point) return false;
    const middle = map.getSize().divideBy(2);
    return map.latLngToContainerPoint(point).distanceTo(middle) < SAME_PIXELS;
  }

  map.on("moveend", () => {
    if (!byUs && touched && !unmoved()) write();
  });
  take.addEventListener("click", write);
  for (const field of [lat, lng]) {
    field.addEventListener("change", () => {
      const point = read();
      if (point) look(point, NEAR_ZOOM);
    });
  }
  return {
    read,
    /** Put the point at [lng, lat]. */
    set([x, y]) {
      lat.value = y.toFixed(6);
      lng.value = x.toFixed(6);
      look([y, x], NEAR_ZOOM);
      lng.dispatchEvent(new Event("input", { bubbles: true }));
    },
    /** How often somebody touched the map: what was asked before may come too late. */
    touches: () => touches,
    /** Look at [lng, lat] without taking it. */
    show: ([x, y]) => look([y, x], COMMUNE_ZOOM),
  };
}
