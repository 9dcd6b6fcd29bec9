// Our own basemap: the areas and names of the territory, from /layers/units.geojson. Official
// boundaries are drawn as lines. Approximate ones have no line that could be taken for true:
// their districts are tints that run softly over the gaps, and their communes are names.
import { L } from "../lib/leaflet.js";
import { el } from "../lib/dom.js";
import { getJson } from "../lib/http.js";
import { boxAround, placeLabels } from "./labels.js";
import { holds, tintsOf } from "./land.js";

const COMMUNES_FROM_ZOOM = 11;
const DISTRICT_ERA = "2022-12-31"; // districts were abolished on 1/7/2025; people still find places by them
const DETAIL = { district: 11, commune: 13 }; // the zoom whose pixels the outlines are drawn for
const TINTS = 5; // as many as css/markers.css has
const SOFT_DEGREES = 0.05; // width of an approximate area's edge: half of it, about 2.7 km, runs out
const PANES = { shore: 180, ground: 190, land: 200, lines: 210, names: 450 };

const plainCode = (code) => code.split("@")[0];
const spotOf = (feature) => feature.properties.label;

function nameMarker(feature, level) {
  const [lng, lat] = spotOf(feature);
  const text = feature.properties.short_name ?? feature.properties.name;
  return L.marker([lat, lng], {
    pane: "names",
    interactive: false,
    keyboard: false,
    icon: L.divIcon({
      className: "map-label-anchor",
      iconSize: [0, 0],
      html: el(`span.map-label.map-label-${level}`, {}, text),
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

export function createBasemap(map, { bounds, onApproximate = () => {} }) {
  for (const [name, height] of Object.entries(PANES)) {
    map.createPane(name).style.zIndex = height;
    map.getPane(name).style.pointerEvents = "none";
  }
  const districts = new Map(); // plain code → {feature, layers}
  const asked = new Map(); // level → promise; forgotten when it fails, so that the next move asks again
  const names = { district: [], commune: [] };
  let chosen = "";

  async function ask(level, date) {
    const query = new URLSearchParams({ bbox: bounds.join(","), level, zoom: DETAIL[level] });
    if (date) query.set("date", date);
    const { features } = await getJson(`/layers/units.geojson?${query}`);
    if (features.some((feature) => feature.properties.approximate)) onApproximate();
    return features;
  }

  function area(feature, pane, className) {
    return L.geoJSON(feature, { pane, interactive: false, style: { className } }).addTo(map);
  }

  function addName(feature, level) {
    names[level].push(nameMarker(feature, level).addTo(map));
  }

  async function addDistricts() {
    const features = await ask("district", DISTRICT_ERA);
    const tints = tintsOf(features.map(spotOf), TINTS);
    features.forEach((feature, index) => {
      const tint = `unit unit-tint-${tints[index]}`;
      const soft = feature.properties.approximate;
      const layers = [area(feature, "land", `${tint} unit-district${soft ? " unit-soft" : ""}`)];
      if (soft) {
        layers.push(area(feature, "ground", `${tint} unit-ground`));
        area(feature, "shore", "unit unit-shore");
      }
      districts.set(plainCode(feature.properties.code), { feature, layers });
      addName(feature, "district");
    });
    mark();
    arrange();
  }

  /** Today's communes, those of the province that the districts make up. */
  async function addCommunes() {
    const inProvince = (feature) => districts.size === 0
      || [...districts.values()].some((district) => holds(district.feature.geometry, spotOf(feature)));
    for (const feature of (await ask("commune", null)).filter(inProvince)) {
      if (!feature.properties.approximate) area(feature, "lines", "unit unit-commune");
      addName(feature, "commune");
    }
    arrange();
  }

  function once(level, add) {
    if (!asked.has(level)) {
      asked.set(level, add().catch((error) => {
        asked.delete(level);
        throw error;
      }));
    }
    return asked.get(level);
  }

  function mark() {
    for (const [code, { layers }] of districts) {
      for (const layer of layers) {
        const on = code === plainCode(chosen);
        layer.eachLayer((path) => path.getElement()?.classList.toggle("unit-chosen", on));
        if (on) layer.bringToFront();
      }
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
    const element = map.getContainer();
    element.classList.toggle("zoom-far", zoom < COMMUNES_FROM_ZOOM);
    element.classList.toggle("zoom-near", zoom > COMMUNES_FROM_ZOOM);
    const pixelsPerDegree = (256 * 2 ** zoom) / 360;
    element.style.setProperty("--soft-edge", `${SOFT_DEGREES * pixelsPerDegree}px`);
  }

  async function load() {
    showLevel();
    await once("district", addDistricts);
    if (map.getZoom() >= COMMUNES_FROM_ZOOM) await once("commune", addCommunes);
  }

  map.on("zoomend", showLevel);
  map.on("moveend", () => load().catch(() => {})); // the list's own notice speaks of the outage
  return {
    load,
    arrange,
    choose(code) {
      chosen = code;
      mark();
    },
    boundsOf: (code) => districts.get(plainCode(code))?.layers[0].getBounds(),
  };
}
