// Our own basemap: the areas and names of the territory, from /layers/units.geojson. Official
// boundaries are drawn as lines. Approximate ones have no line that could be taken for true:
// their districts are tints that run softly over the gaps, and their communes are names.
import { L } from "../lib/leaflet.js";
import { holds, tintsOf } from "./land.js";
import { getLayer, getLayerAt } from "./layer.js";
import { createNames } from "./names.js";

const COMMUNES_FROM_ZOOM = 11;
const DETAIL = 13; // the zoom whose pixels the communes' outlines are drawn for
const TINTS = 5; // as many as css/markers.css has
const SOFT_DEGREES = 0.05; // width of an approximate area's edge: half of it, about 2.7 km, runs out
const PANES = { shore: 180, ground: 190, land: 200, lines: 210, names: 450 };

const plainCode = (code) => code.split("@")[0];

/** Lines change with a law: what the browser keeps is good for as long as it may. */
const KEPT = { fresh: false };

/** The layers of one district; the first is its area. */
function drawDistrict(map, feature, tint) {
  const draw = (pane, className) =>
    L.geoJSON(feature, { pane, interactive: false, style: { className } }).addTo(map);
  const classes = `unit unit-tint-${tint}`;
  if (!feature.properties.approximate) return [draw("land", `${classes} unit-district`)];
  draw("shore", "unit unit-shore");
  return [draw("land", `${classes} unit-district unit-soft`), draw("ground", `${classes} unit-ground`)];
}

/** Classes and measures that the styles follow. */
function tellZoom(map) {
  const zoom = map.getZoom();
  const element = map.getContainer();
  element.classList.toggle("zoom-far", zoom < COMMUNES_FROM_ZOOM);
  element.classList.toggle("zoom-near", zoom > COMMUNES_FROM_ZOOM);
  const pixelsPerDegree = (256 * 2 ** zoom) / 360;
  element.style.setProperty("--soft-edge", `${SOFT_DEGREES * pixelsPerDegree}px`);
}

/** Does each named thing once; what failed is forgotten, so that the next call tries again. */
function onlyOnce() {
  const done = new Map();
  return (name, action) => {
    if (!done.has(name)) {
      done.set(name, action().catch((error) => {
        done.delete(name);
        throw error;
      }));
    }
    return done.get(name);
  };
}

/** Districts were abolished on 1/7/2025; people still find places by them. */
const districtsIn = (bounds) => `/layers/units.geojson?${new URLSearchParams({
  bbox: bounds.join(","), level: "district", zoom: 11, date: "2022-12-31",
})}`;

/** `districts`: the address of their layer, where the page had the browser fetch it. */
export function createBasemap(map, { bounds, districts: address = districtsIn(bounds), onApproximate = () => {} }) {
  for (const [name, height] of Object.entries(PANES)) {
    map.createPane(name).style.zIndex = height;
    map.getPane(name).style.pointerEvents = "none";
  }
  const once = onlyOnce();
  const names = createNames(map);
  const districts = new Map(); // plain code → {geometry, layers}
  let chosen = "";
  let totals = []; // of the districts, once they are known

  const arrange = () => names.arrange(map.getZoom() > COMMUNES_FROM_ZOOM ? "commune" : "district");

  async function addDistricts() {
    const { features } = await getLayerAt(address, KEPT);
    const tints = tintsOf(features.map((feature) => feature.properties.label), TINTS);
    features.forEach((feature, index) => {
      const layers = drawDistrict(map, feature, tints[index]);
      districts.set(plainCode(feature.properties.code), { geometry: feature.geometry, layers });
      names.add(feature, "district");
    });
    names.tell(totals);
    if (features.some((feature) => feature.properties.approximate)) onApproximate();
    mark();
    arrange();
  }

  /** Today's communes, those of the province that the districts make up. */
  async function addCommunes() {
    const ours = ({ properties: { label } }) => districts.size === 0
      || [...districts.values()].some(({ geometry }) => holds(geometry, label));
    const params = { bbox: bounds.join(","), level: "commune", zoom: DETAIL };
    const { features } = await getLayer("units.geojson", params, KEPT);
    for (const feature of features.filter(ours)) {
      if (!feature.properties.approximate) {
        L.geoJSON(feature, { pane: "lines", interactive: false, style: { className: "unit unit-commune" } }).addTo(map);
      }
      names.add(feature, "commune");
    }
    arrange();
  }

  function mark() {
    for (const [code, { layers }] of districts) {
      const on = code === plainCode(chosen);
      for (const layer of layers) {
        layer.eachLayer((path) => path.getElement()?.classList.toggle("unit-chosen", on));
        if (on) layer.bringToFront();
      }
    }
  }

  async function load() {
    tellZoom(map);
    await once("district", addDistricts);
    if (map.getZoom() >= COMMUNES_FROM_ZOOM) await once("commune", addCommunes);
  }

  map.on("zoomend", () => tellZoom(map));
  map.on("moveend", () => load().catch(() => {})); // the list's own notice speaks of the outage
  return {
    load,
    arrange,
    /** How many needs each district has: [{code, needs}]. */
    tell(parts) {
      totals = parts;
      names.tell(parts);
      arrange();
    },
    choose(code) {
      chosen = code;
      mark();
    },
    boundsOf: (code) => districts.get(plainCode(code))?.layers[0].getBounds(),
  };
}
