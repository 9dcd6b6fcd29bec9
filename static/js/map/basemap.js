// Our own basemap: the outlines and names of the territory, from /layers/units.geojson.
import { L } from "../lib/leaflet.js";
import { el } from "../lib/dom.js";
import { getJson } from "../lib/http.js";
import { boxAround, placeLabels } from "./labels.js";

const COMMUNES_FROM_ZOOM = 11;
const DISTRICT_ERA = "2022-12-31"; // districts were abolished on 1/7/2025; people still find places by them
const DETAIL = { district: 11, commune: 13 }; // the zoom whose pixels the outlines are drawn for
const TINTS = 4; // as many as css/map.css has

const plainCode = (code) => code.split("@")[0];

function label(feature, level, layer) {
  const { short_name: shortName, name, label: point } = feature.properties;
  const at = point ? [point[1], point[0]] : layer.getBounds().getCenter();
  return L.marker(at, {
    pane: "names",
    interactive: false,
    keyboard: false,
    icon: L.divIcon({
      className: "map-label-anchor",
      iconSize: [0, 0],
      html: el(`span.map-label.map-label-${level}`, {}, shortName ?? name),
    }),
  });
}

/** What the markers cover, in pixels of the map's container. */
function markerBoxes(map) {
  const boxes = [];
  map.eachLayer((layer) => {
    const size = layer.options.icon?.options.iconSize;
    if (!(layer instanceof L.Marker) || layer.options.pane === "names" || !size) return;
    const { x, y } = map.latLngToContainerPoint(layer.getLatLng());
    const [anchorX, anchorY] = layer.options.icon.options.iconAnchor ?? [size[0] / 2, size[1] / 2];
    boxes.push(boxAround({ x: x - anchorX + size[0] / 2, y: y - anchorY + size[1] / 2 }, size[0], size[1]));
  });
  return boxes;
}

export function createBasemap(map, { bounds, onApproximate }) {
  for (const [name, height] of [["land", 200], ["lines", 210], ["names", 450]]) {
    map.createPane(name).style.zIndex = height;
    map.getPane(name).style.pointerEvents = "none";
  }
  const districts = new Map(); // plain code → Leaflet layer
  const asked = new Map(); // level → promise; forgotten when it fails, so that the next move asks again
  const names = { district: [], commune: [] };
  let chosen = "";

  async function fetchLevel(level, date, pane) {
    const query = new URLSearchParams({ bbox: bounds.join(","), level, zoom: DETAIL[level] });
    if (date) query.set("date", date);
    const { features } = await getJson(`/layers/units.geojson?${query}`);
    features.filter((feature) => feature.geometry).forEach((feature, index) => {
      const className = `unit unit-${level} unit-tint-${index % TINTS}`;
      const layer = L.geoJSON(feature, { pane, interactive: false, style: { className } }).addTo(map);
      names[level].push(label(feature, level, layer).addTo(map));
      if (level === "district") districts.set(plainCode(feature.properties.code), layer);
    });
    if (features.some((feature) => feature.properties.approximate)) onApproximate();
    mark();
    arrange();
  }

  function once(level, date, pane) {
    if (!asked.has(level)) {
      asked.set(level, fetchLevel(level, date, pane).catch((error) => {
        asked.delete(level);
        throw error;
      }));
    }
    return asked.get(level);
  }

  function mark() {
    for (const [code, group] of districts) {
      group.eachLayer((layer) => {
        layer.getElement()?.classList.toggle("unit-chosen", code === plainCode(chosen));
        layer.getElement()?.classList.toggle("unit-dimmed", chosen !== "" && code !== plainCode(chosen));
      });
      if (code === plainCode(chosen)) group.bringToFront();
    }
  }

  /** Moves the names that are now visible out of the way of the markers. */
  function arrange() {
    const shown = names[map.getZoom() > COMMUNES_FROM_ZOOM ? "commune" : "district"]
      .filter((name) => map.getBounds().contains(name.getLatLng()));
    const spans = shown.map((name) => name.getElement().firstElementChild);
    const boxes = shown.map((name, index) => ({
      ...map.latLngToContainerPoint(name.getLatLng()),
      width: spans[index].offsetWidth,
      height: spans[index].offsetHeight,
    }));
    placeLabels(boxes, markerBoxes(map)).forEach((offset, index) => {
      spans[index].classList.toggle("is-crowded", offset === null);
      spans[index].style.top = `${offset ?? 0}px`;
    });
  }

  function showLevel() {
    const zoom = map.getZoom();
    const classes = map.getContainer().classList;
    classes.toggle("zoom-far", zoom < COMMUNES_FROM_ZOOM);
    classes.toggle("zoom-near", zoom > COMMUNES_FROM_ZOOM);
  }

  async function load() {
    showLevel();
    await once("district", DISTRICT_ERA, "land");
    if (map.getZoom() >= COMMUNES_FROM_ZOOM) await once("commune", null, "lines");
  }

  map.on("moveend", () => load().catch(() => {})); // the list's own notice speaks of the outage
  return {
    load,
    arrange,
    choose(code) {
      chosen = code;
      mark();
    },
    boundsOf: (code) => districts.get(plainCode(code))?.getBounds(),
  };
}
