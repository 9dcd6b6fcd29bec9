// The layer of needs: what to ask the server for a view, and the markers that come of it.
import { leafletBox, boxText } from "./box.js";
import { getLayer, getLayerAt } from "./layer.js";
import { createMarkers } from "./markers.js";
import { clusterPin, placePin } from "./pins.js";
import { hasClusters, marksOf, placeKey, placeOfKey, rowsOf } from "./places.js";
import { placeCard } from "./popup.js";
import { filterParams } from "./state.js";
import { fitOptions } from "./view.js";

const LIST_LIMIT = 40;
const CLOSEST_ZOOM = 17;

function ask(map, state, more, signal) {
  const params = new URLSearchParams({ bbox: boxText(map.getBounds()), ...more });
  for (const [name, value] of filterParams(state)) params.set(name, value);
  return getLayer("needs.geojson", params, { signal, first: true });
}

/** The address of the whole province's needs at this zoom, where the page had the browser fetch them. */
function fetchedAhead(zoom) {
  const fits = ({ media, dataset }) => matchMedia(media).matches && Number(dataset.needs) === Math.floor(zoom);
  return [...document.querySelectorAll("link[data-needs]")].find(fits)?.getAttribute("href");
}

/** Whether the browser gave what it had kept: that may be older than what is true now. */
const wasKept = (address) =>
  performance.getEntriesByName(new URL(address, location.href).href).some(({ transferSize }) => transferSize === 0);

/**
 * The question what a view holds: a function of a signal. Its marks are drawn by `draw(marks)` as soon
 * as they are here; it gives what the list tells: `rows`, `matched` needs in all; `old`: ask again.
 */
export function createQuestion(map, store, draw) {
  let first = true;
  let doubted = null; // the view whose answer was old

  async function askMarks(signal) {
    const view = `${boxText(map.getBounds())} ${filterParams(store.get())}`;
    // Word for word as before: without a signal the device has the answer to that question alone.
    const fresh = doubted === view;
    const ahead = (first || fresh) && fetchedAhead(map.getZoom());
    first = false;
    doubted = null;
    if (!ahead) return ask(map, store.get(), { zoom: Math.floor(map.getZoom()) }, signal);
    const drawn = await getLayerAt(ahead, { signal, first: true, fresh });
    const old = !fresh && wasKept(ahead) && !drawn.kept;
    if (old) doubted = view;
    return { ...drawn, old };
  }

  return async (signal) => {
    const drawn = await askMarks(signal);
    await draw(marksOf(drawn.features));
    // Clusters have no titles: the list then asks for the needs themselves, the most urgent.
    const listed = hasClusters(drawn.features)
      ? await ask(map, store.get(), { limit: LIST_LIMIT }, signal)
      : drawn;
    return {
      rows: rowsOf(listed.features).slice(0, LIST_LIMIT),
      matched: listed.numberMatched,
      truncated: drawn.truncated,
      kept: drawn.kept ?? listed.kept,
      old: drawn.old,
    };
  };
}

/** The needs nearest to a spot [lng, lat], as rows with `metres`; a text is no filter here. */
export async function loadNear([lng, lat], state, signal) {
  const params = filterParams({ ...state, q: "" });
  for (const [name, value] of Object.entries({ lng, lat, limit: LIST_LIMIT })) params.set(name, value);
  return rowsOf((await getLayer("needs/near", params, { signal, first: true })).features);
}

export function createNeedMarkers(map, words) {
  function zoomInto({ geometry, properties }) {
    const [lng, lat] = geometry.coordinates;
    const bounds = properties.bounds && leafletBox(properties.bounds);
    const zoom = bounds ? map.getBoundsZoom(bounds) : 0;
    if (zoom > map.getZoom()) map.fitBounds(bounds, fitOptions(CLOSEST_ZOOM));
    else map.setView([lat, lng], Math.min(map.getZoom() + 2, CLOSEST_ZOOM));
  }

  const markers = createMarkers(map, (mark) => mark.type === "cluster"
    ? {
        icon: clusterPin(mark.properties, words),
        act: () => zoomInto(mark),
        raise: mark.properties.max_urgency * 50,
      }
    : {
        icon: placePin(mark, words),
        card: () => placeCard(mark, words),
        raise: mark.needs[0].urgency * 50 + 500,
      });

  return {
    show: markers.update,
    ofPlace: (code) => markers.get(placeKey(code)),
    placeOf: (popup) => placeOfKey(markers.keyOf(popup)),
  };
}
