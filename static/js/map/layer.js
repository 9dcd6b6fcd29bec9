// The only way to the layers: one request at a time, what was asked in vain not at all.
import { getJson } from "../lib/http.js";
import { createLane } from "../lib/lane.js";

const lane = createLane();
let hidden = false;

/** Whether the view tells where somebody is: then the device keeps nothing of what is asked for. */
export function hideView(on) {
  hidden = on;
}

/**
 * `path` below /layers/, `params` an object or URLSearchParams. `first`: before what else waits, for
 * what somebody looks at. `fresh`: the browser asks whether what it keeps is still true.
 */
export const getLayer = (path, params, options) =>
  getLayerAt(`/layers/${path}?${new URLSearchParams(params)}`, options);

/** The same by its whole address, as the page names it for the browser to fetch ahead. */
export const getLayerAt = (url, { signal, first = false, fresh = true } = {}) =>
  lane(() => getJson(url, { signal, fresh, hidden }), { signal, first });
