// Leaflet comes as a classic deferred script (its minified file is a third of the ES module);
// deferred scripts run before modules, so it is here when this is.
export const L = globalThis.L;
