// Keeps Leaflet markers equal to a set of marks, touching only what changed: a marker that stays
// keeps its open card and its keyboard focus.
import { L } from "../lib/leaflet.js";
import { t } from "../lib/i18n.js";
import { inSlices } from "../lib/slices.js";
import { coveredEdges } from "./view.js";

const MARKER_ROOM = 66; // pixels: the largest mark

/**
 * `describe(mark)` → {icon, raise, card} or {icon, raise, act}: `card()` makes the element of the
 * card that opens, `act()` is done instead of opening one. The icon holds the marker's name.
 */
export function createMarkers(map, describe) {
  const shown = new Map(); // key → {marker, signature, looks}
  const keys = new WeakMap(); // popup → key
  const group = L.layerGroup().addTo(map);
  let newest = null; // the last set that was asked for
  let lost = null; // the marker that went while it had the keyboard's focus

  function add(key, mark, signature) {
    const [lng, lat] = mark.geometry.coordinates;
    const entry = { signature, looks: describe(mark) };
    const marker = L.marker([lat, lng], { icon: entry.looks.icon, riseOnHover: true, zIndexOffset: entry.looks.raise });
    entry.marker = marker;
    if (entry.looks.card) {
      bindCard(map, marker, () => entry.looks.card());
      keys.set(marker.getPopup(), key);
    } else {
      marker.on("click", () => entry.looks.act());
      marker.on("keypress", ({ originalEvent }) => originalEvent.key === "Enter" && entry.looks.act());
    }
    group.addLayer(marker);
    shown.set(key, entry);
  }

  function redress(entry, mark, signature) {
    entry.signature = signature;
    entry.looks = describe(mark);
    const [lng, lat] = mark.geometry.coordinates;
    entry.marker.setLatLng([lat, lng]); // a cluster's middle moves with what it counts
    entry.marker.setIcon(entry.looks.icon).setZIndexOffset(entry.looks.raise);
    if (entry.marker.isPopupOpen()) entry.marker.getPopup().update();
  }

  function remove(key, marker) {
    if (marker.getElement() === document.activeElement) lost = marker;
    group.removeLayer(marker);
    shown.delete(key);
  }

  function put([key, mark]) {
    const signature = JSON.stringify(mark);
    const entry = shown.get(key);
    if (!entry) add(key, mark, signature);
    else if (entry.signature !== signature) redress(entry, mark, signature);
  }

  return {
    /** Done when all are shown, or when a newer set was asked for meanwhile. */
    async update(marks) {
      newest = marks;
      const still = () => newest === marks;
      for (const [key, { marker }] of shown) if (!marks.has(key)) remove(key, marker);
      if (!(await inSlices(marks, put, still)) || !lost) return;
      handOn(map, lost, [...shown.values()].map(({ marker }) => marker));
      lost = null;
    },
    get: (key) => shown.get(key)?.marker,
    keyOf: (popup) => keys.get(popup) ?? "",
  };
}

/**
 * Focus goes from a marker that went to the nearest that stands free, else to the map. One near the
 * edge is no choice: Leaflet would move the map to it, and what is in view would be told again.
 */
function handOn(map, lost, markers) {
  const { top, bottom } = coveredEdges();
  const { x, y } = map.getSize();
  const free = L.bounds([MARKER_ROOM, top + MARKER_ROOM], [x - MARKER_ROOM, y - bottom - MARKER_ROOM]);
  const spot = (marker) => map.latLngToContainerPoint(marker.getLatLng());
  const distance = (marker) => spot(marker).distanceTo(spot(lost));
  const [nearest] = markers
    .filter((marker) => free.contains(spot(marker)))
    .sort((a, b) => distance(a) - distance(b));
  (nearest?.getElement() ?? map.getContainer()).focus({ preventScroll: true });
}

/** `layer`, a marker or a shape, opens `card()` by touch and by keys; Escape leads out of it again. */
export function bindCard(map, layer, card) {
  const { top, chip, tools, bottom } = coveredEdges();
  layer.bindPopup(card, {
    minWidth: 250,
    maxWidth: 320,
    maxHeight: Math.max(220, map.getSize().y - top - chip - tools - bottom - 90),
    autoPanPaddingTopLeft: [12, top + chip + tools],
    autoPanPaddingBottomRight: [12, bottom],
  });
  let byKeyboard = false;
  layer.on("keydown", () => { byKeyboard = true; });
  layer.on("mousedown", () => { byKeyboard = false; });
  layer.on("popupopen", ({ popup }) => {
    const element = popup.getElement();
    element.querySelector(".leaflet-popup-close-button").setAttribute("aria-label", t("Đóng"));
    element.addEventListener("keydown", closeByEscape);
    if (byKeyboard) element.querySelector("a").focus();
  });

  function closeByEscape(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    layer.closePopup();
    (layer.getElement?.() ?? map.getContainer()).focus({ preventScroll: true });
  }
}
