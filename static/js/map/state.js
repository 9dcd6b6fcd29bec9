// The map's whole state and its form in the address bar. Pure: runs under `node --test`.
//
//   category, urgency   comma lists, sorted, so that equal states have equal addresses
//   unit, q, place      one value each
//   teams               1 when the layer of teams is shown
//   people              0 when the areas with people in hardship are not
//   lang                the language of the page, where the address names one
//   lat, lng, zoom      the view; all three or none
//
// `near` (the list goes by distance) is not in it: the history alone keeps that, and nothing the spot.

const MOST_LETTERS = 100; // as many as the layers take
const CODE = /^[\w@.-]{1,40}$/;

export const EMPTY = Object.freeze({
  category: [], urgency: [], unit: "", q: "", place: "", lang: "", teams: false, people: true, view: null, near: false,
});

const list = (params, name) =>
  [...new Set(params.getAll(name).flatMap((value) => value.split(",")))].filter(Boolean).sort();

function readView(params) {
  const texts = ["lat", "lng", "zoom"].map((name) => params.get(name));
  if (texts.some((text) => text === null || text.trim() === "")) return null;
  const [lat, lng, zoom] = texts.map(Number);
  const sound = Math.abs(lat) <= 90 && Math.abs(lng) <= 180 && zoom >= 0 && zoom <= 22;
  return sound ? { lat, lng, zoom } : null;
}

/** What cannot be read is left out: an address typed by hand never breaks the page. */
export function readState(query) {
  const params = new URLSearchParams(query);
  const code = (name) => (CODE.test(params.get(name) ?? "") ? params.get(name) : "");
  return {
    category: list(params, "category").filter((value) => CODE.test(value)),
    urgency: list(params, "urgency").filter((value) => /^[1-4]$/.test(value)).map(Number),
    unit: code("unit"),
    q: (params.get("q") ?? "").trim().slice(0, MOST_LETTERS),
    place: code("place"),
    lang: /^[a-z]{2}$/.test(params.get("lang") ?? "") ? params.get("lang") : "",
    teams: params.get("teams") === "1",
    people: params.get("people") !== "0",
    view: readView(params),
    near: false,
  };
}

const round = (value, places) => String(Number(value.toFixed(places)));

/** The filters alone, as the layers understand them. */
export function filterParams({ category, urgency, unit, q }) {
  const params = new URLSearchParams();
  if (category.length) params.set("category", [...category].sort().join(","));
  if (urgency.length) params.set("urgency", [...urgency].sort().join(","));
  if (unit) params.set("unit", unit);
  if (q) params.set("q", q);
  return params;
}

/** The query string (without "?") that gives this state back; commas stay readable. */
export function writeState(state) {
  const params = filterParams(state);
  if (state.place) params.set("place", state.place);
  if (state.lang) params.set("lang", state.lang);
  if (state.teams) params.set("teams", "1");
  if (!state.people) params.set("people", "0");
  if (state.view) {
    params.set("lat", round(state.view.lat, 5));
    params.set("lng", round(state.view.lng, 5));
    params.set("zoom", round(state.view.zoom, 2));
  }
  return params.toString().replaceAll("%2C", ",").replaceAll("%40", "@");
}

export const hasFilters = ({ category, urgency, unit, q }) =>
  Boolean(category.length || urgency.length || unit || q);
