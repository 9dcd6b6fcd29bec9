// The names of districts and communes on the map, kept out of the way of the markers.
import { L } from "../lib/leaflet.js";
import { el, hidden, written } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { counted } from "../lib/i18n.js";
import { boxAround, placeLabels } from "./labels.js";

const PANE = "names";

function nameMarker({ properties }, level) {
  const [lng, lat] = properties.label;
  return L.marker([lat, lng], {
    pane: PANE,
    interactive: false,
    keyboard: false,
    icon: L.divIcon({
      className: "map-label-anchor",
      iconSize: [0, 0],
      html: el(`span.map-label.map-label-${level}`, {}, written(properties.short_name ?? properties.name)),
    }),
  });
}

function totalOf(needs) {
  return el("span.map-label-total", {},
    el("span", { "aria-hidden": "true" }, number(needs)), hidden(counted("{n} nhu cầu", needs)));
}

/** What the markers cover, in pixels of the map's container. */
function markerBoxes(map) {
  const boxes = [];
  map.eachLayer((layer) => {
    if (!(layer instanceof L.Marker) || layer.options.pane === PANE) return;
    const { iconSize: [width, height], iconAnchor } = layer.options.icon.options;
    const [left, top] = iconAnchor ?? [width / 2, height / 2];
    const { x, y } = map.latLngToContainerPoint(layer.getLatLng());
    boxes.push(boxAround({ x: x - left + width / 2, y: y - top + height / 2 }, width, height));
  });
  return boxes;
}

/** Needs the pane "names". `arrange(level)` is for the names that are visible now. */
export function createNames(map) {
  const names = { district: [], commune: [] };
  const named = new Map(); // code → its name on the map
  const sizes = new Map(); // asking for them makes the browser lay the page out: once is enough
  document.fonts.addEventListener("loadingdone", () => sizes.clear());

  function sizeOf(span) {
    if (!sizes.has(span)) sizes.set(span, { width: span.offsetWidth, height: span.offsetHeight });
    return sizes.get(span);
  }

  return {
    add(feature, level) {
      const name = nameMarker(feature, level).addTo(map);
      names[level].push(name);
      named.set(feature.properties.code, name.getElement().firstElementChild);
    },
    /** Puts beside names how many needs there are: [{code, needs}]; unknown codes are left out. */
    tell(parts) {
      for (const { code, needs } of parts) {
        const span = named.get(code);
        span?.querySelector(".map-label-total")?.remove();
        span?.append(totalOf(needs));
      }
      sizes.clear();
    },
    arrange(level) {
      const view = map.getBounds();
      const shown = names[level].filter((name) => view.contains(name.getLatLng()));
      const spans = shown.map((name) => name.getElement().firstElementChild);
      const boxes = shown.map((name, index) =>
        ({ ...map.latLngToContainerPoint(name.getLatLng()), ...sizeOf(spans[index]) }));
      placeLabels(boxes, markerBoxes(map)).forEach((offset, index) => {
        spans[index].classList.toggle("is-crowded", offset === null);
        spans[index].style.top = `${offset ?? 0}px`;
      });
    },
  };
}
