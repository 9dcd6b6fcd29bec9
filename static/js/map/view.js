// The Leaflet map itself: held to the province, with words in the language of the page.
import { L, makeMap } from "../lib/leaflet.js";
import { icon } from "../lib/dom.js";
import { look } from "../lib/frame.js";
import { t } from "../lib/i18n.js";
import { leafletBox } from "./box.js";

const ROOMY = 560; // pixels of a window's height: below, less of the map is left free of cards
const LOW = 480; // of a frame's: its search bar and chips are away, its list is small (css/frame.css)
const TOOLS = 56; // pixels: the switches of layers on a desk
const ROOM_AROUND = 0.12; // of the province's size, so that its edge is not stuck to the screen's

export const isPhone = () => matchMedia("(max-width: 860px)").matches;

/** Pixels of the map hidden on a phone under the search bar and the list; `chip`: under the switch
 * of teams, which a card must not slip below either, on a desk `tools`. */
export function coveredEdges() {
  const listed = isPhone() && !document.body.classList.contains("frame-no-list");
  if (!isPhone() || isLow()) return { top: 12, chip: 0, tools: isLow() ? 0 : TOOLS, bottom: listed ? 84 : 12 };
  // In a low window all of the map would count as hidden.
  const share = Math.min(1, innerHeight / ROOMY);
  return { top: 118 * share, chip: 56 * share, tools: 0, bottom: (listed ? 104 : 12) * share };
}

const isLow = () => look !== null && innerHeight <= LOW;

/** `bottom`: pixels that the list covers, where that is not as usual. */
export function fitOptions(maxZoom, bottom = coveredEdges().bottom) {
  const { top, chip } = coveredEdges();
  return { paddingTopLeft: [12, top + chip], paddingBottomRight: [12, bottom], maxZoom };
}

function escaped(text) {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder.innerHTML;
}

export function createMap(element, { bounds, attribution }) {
  const map = makeMap(element, {
    zoomControl: false,
    attributionControl: false,
    zoomSnap: 0.25,
    maxZoom: 17,
    maxBoundsViscosity: 0.9,
    worldCopyJump: false,
  });
  L.control.attribution({ position: "bottomright", prefix: false })
    .addAttribution(escaped(attribution))
    .addTo(map);
  L.control.scale({ position: "bottomright", imperial: false }).addTo(map);
  L.control.zoom({ position: "bottomright", zoomInTitle: t("Phóng to"), zoomOutTitle: t("Thu nhỏ") }).addTo(map);
  addWholeProvinceButton(map, bounds);
  hold(map, bounds);
  map.on("resize", () => hold(map, bounds));
  return map;
}

/** The farthest view shows the province; on a small screen that is a smaller zoom. */
function hold(map, bounds) {
  if (!map.getSize().x || !map.getSize().y) return; // in a frame that was folded
  const { top, bottom } = coveredEdges();
  const fit = map.getBoundsZoom(leafletBox(bounds), false, L.point(24, top + bottom));
  map.setMinZoom(Math.max(6, fit));
  map.setMaxBounds(leafletBox(bounds, ROOM_AROUND + (isPhone() ? 0.35 : 0)));
}

export function showProvince(map, bounds) {
  map.fitBounds(leafletBox(bounds), fitOptions());
}

const SPOT_ZOOM = 15; // from here on the server clusters nothing

/** Goes to a place, near enough that it shows as a mark of its own. */
export function showSpot(map, [lat, lng]) {
  map.setView([lat, lng], Math.max(map.getZoom(), SPOT_ZOOM));
}

function addWholeProvinceButton(map, bounds) {
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => {
    const bar = L.DomUtil.create("div", "leaflet-bar whole-province");
    const button = L.DomUtil.create("a", "", bar);
    button.href = "#";
    button.title = t("Xem toàn tỉnh");
    button.setAttribute("role", "button");
    button.setAttribute("aria-label", t("Xem toàn tỉnh"));
    button.append(icon("maximize", 20));
    L.DomEvent.disableClickPropagation(bar);
    L.DomEvent.on(button, "click", (event) => {
      L.DomEvent.preventDefault(event);
      showProvince(map, bounds);
    });
    return bar;
  };
  control.addTo(map);
}
