// The layer of needs: what to ask the server for a view, and the markers that come of it.
import { leafletBox, boxText } from "./box.js";
import { getLayer } from "./layer.js";
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

/** What a view shows: `marks` for the map, `rows` for the list, `matched` needs in all. */
export async function loadNeeds(map, state, signal) {
  const drawn = await ask(map, state, { zoom: Math.floor(map.getZoom()) }, signal);
  // Clusters have no titles: the list then asks for the needs themselves, the most urgent.
  const listed = hasClusters(drawn.features)
    ? await ask(map, state, { limit: LIST_LIMIT }, signal)
    : drawn;
  return {
    marks: marksOf(drawn.features),
    rows: rowsOf(listed.features).slice(0, LIST_LIMIT),
    matched: listed.numberMatched,
    truncated: drawn.truncated,
    kept: drawn.kept ?? listed.kept,
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
