// The small map of a place: its point on our own outlines. It is a picture; the words and links
// beside it say the same.
import { L, makeMap } from "../lib/leaflet.js";
import { createBasemap } from "../map/basemap.js";

const ZOOM = 11;

export function start(element) {
  const { lng, lat, bounds } = element.dataset;
  const map = makeMap(element, {
    attributionControl: false,
    zoomControl: false,
    dragging: false,
    keyboard: false,
    scrollWheelZoom: false,
    doubleClickZoom: false,
    boxZoom: false,
    touchZoom: false,
  }).setView([Number(lat), Number(lng)], ZOOM);
  L.circleMarker([Number(lat), Number(lng)], { radius: 10, className: "place-dot", interactive: false }).addTo(map);
  const basemap = createBasemap(map, { bounds: JSON.parse(bounds) });
  basemap.load().catch(() => element.classList.add("is-plain")); // the point alone is still true
}
