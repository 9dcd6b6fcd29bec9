// Leaflet comes as a classic deferred script (its minified file is a third of the ES module);
// deferred scripts run before modules, so it is here when this is.
export const L = globalThis.L;

/** A Leaflet map that jumps where others glide, for who asked their device for less motion. */
export function makeMap(element, options) {
  const moving = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(element, { zoomAnimation: moving, fadeAnimation: moving, inertia: moving, ...options });
  // Leaflet has no setting for this one: a card that opens near the edge would still slide.
  if (!moving) map.panBy = (offset, more) => L.Map.prototype.panBy.call(map, offset, { ...more, animate: false });
  return map;
}
