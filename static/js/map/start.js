// The map page: connects the state, the map, the list and the filters. Each part knows only what
// it is given here.
import { createBasemap } from "./basemap.js";
import { connectFilters } from "./filters.js";
import { createLoader } from "./loader.js";
import { createNeedMarkers, loadNeeds } from "./needs.js";
import { createNotices } from "./notices.js";
import { connectPeople } from "./people.js";
import { createResults } from "./results.js";
import { connectSelection } from "./selection.js";
import { createSheet } from "./sheet.js";
import { filterParams } from "./state.js";
import { createStore } from "./store.js";
import { connectTeams } from "./team_toggle.js";
import { connectUnit } from "./unit.js";
import { createMap, showProvince, showSpot } from "./view.js";
import { createWords } from "./words.js";

export async function start(root) {
  const settings = JSON.parse(root.dataset.settings);
  const words = createWords(settings);
  const store = createStore();
  const map = createMap(root.querySelector("[data-map]"), settings);
  const basemap = createBasemap(map, { ...settings, onApproximate: () => sayApproximate(root) });
  const sheet = createSheet(root.querySelector(".results"));
  const markers = createNeedMarkers(map, words);
  const selection = connectSelection(map, store, markers);
  const results = createResults(root, words, {
    onPoint: selection.point,
    onPick: ({ place, geometry: { coordinates: [lng, lat] } }) => {
      sheet.set("peek");
      showSpot(map, [lat, lng]);
      selection.choose(place);
    },
  });
  const notices = createNotices(root, () => reload());
  const needs = createLoader((signal) => loadNeeds(map, store.get(), signal), (stage, result) => {
    notices[stage](result);
    if (stage === "ready") show(result);
  });

  function show(result) {
    markers.show(result.marks);
    basemap.arrange();
    if (!store.get().near) results.showView(result, store.get());
    selection.reopen();
  }

  followView(map, store, settings.bounds, { ask: needs.ask, mark: results.mark });
  const filters = connectFilters(root, store, words);
  const unit = connectUnit(root, map, store, basemap, { ...settings, onFigures: filters.tell });

  function reload() {
    const loaded = needs.now();
    basemap.load().then(unit.show, notices.failed);
    unit.load();
    return loaded;
  }

  const loaded = reload();
  connectTeams(root, map, store, words, notices);
  connectPeople(root, map, store, words, settings.bounds);
  for (const part of root.querySelectorAll("[data-tools], [data-legend]")) part.hidden = false;
  root.querySelector("[data-loading]").remove();
  root.dataset.live = "";
  // What nobody needs to see the map comes after it; until then the search is a plain form.
  await loaded;
  const { connectLater } = await import("./later.js");
  connectLater(root, { map, store, words, selection, results, sheet, onLeave: needs.ask }, settings);
}

/** The map shows the state's view, and the state follows the map; `ask` for what is in view then. */
function followView(map, store, bounds, { ask, mark }) {
  const go = ({ view }) => {
    if (view) map.setView([view.lat, view.lng], view.zoom, { animate: false });
    else showProvince(map, bounds);
  };
  go(store.get());
  map.on("moveend", () => {
    const { lat, lng } = map.getCenter();
    // Near a person the middle of the map would tell where: the address bar says nothing then.
    if (!store.get().near) store.change({ view: { lat, lng, zoom: map.getZoom() } }, { step: false });
    ask();
  });
  store.listen((state, previous, cause) => {
    mark(state.place);
    if (cause === "history" && (state.view || previous.near) && !state.near) go(state);
    if (filterParams(state).toString() !== filterParams(previous).toString()) ask();
  });
  // Come back to, the map may be hours old.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ask();
  });
}

/** The legend explains soft tints instead of lines. */
function sayApproximate(root) {
  for (const line of root.querySelectorAll("[data-official]")) line.hidden = true;
  root.querySelector("[data-approximate]").hidden = false;
}
