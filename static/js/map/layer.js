// The only way to the layers: one request at a time, what was asked in vain not at all.
import { getJson } from "../lib/http.js";
import { createLane } from "../lib/lane.js";

const lane = createLane();

/**
 * `path` below /layers/, `params` an object or URLSearchParams. `first`: before what else waits, for
 * what somebody looks at. `fresh`: the browser asks whether what it keeps is still true.
 */
export function getLayer(path, params, { signal, first = false, fresh = true } = {}) {
  const url = `/layers/${path}?${new URLSearchParams(params)}`;
  return lane(() => getJson(url, { signal, fresh }), { signal, first });
}
