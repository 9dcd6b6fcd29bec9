// The map page: the map with its land and needs comes first, all else when they are drawn. Each part
// knows only what it is given here.
import { el } from "../lib/dom.js";
import { unfolded } from "../lib/frame.js";
import { createBasemap } from "./basemap.js";
import { createLoader } from "./loader.js";
import { createNeedMarkers, createQuestion } from "./needs.js";
import { createNotices } from "./notices.js";
import { filterParams } from "./state.js";
import { createStore } from "./store.js";
import { createMap, showProvince } from "./view.js";
import { createWords } from "./words.js";

const PATIENCE_MS = 3_000; // what asks of the map waits no longer for its needs

export async function start(root) {
  await unfolded(root.querySelector("[data-map]"));
  const settings = JSON.parse(root.dataset.settings);
  const words = createWords(settings);
  const store = createStore();
  const map = createMap(root.querySelector("[data-map]"), settings);
  const basemap = createBasemap(map, { ...settings, onApproximate: () => sayApproximate(root) });
  const markers = createNeedMarkers(map, words);
  const notices = createNotices(root, reload);
  let later = null; // the list, the filters and the rest, once they are here
  let told = null; // what the list has to say until then
  const needs = createLoader(createQuestion(map, store, draw), (stage, result) => {
    notices[stage](result);
    if (stage !== "ready") return;
    told = result;
    later?.show(result);
    if (result.old) needs.ask();
  });

  async function draw(marks) {
    await markers.show(marks);
    basemap.arrange();
  }

  function reload() {
    const asked = needs.now();
    const land = basemap.load();
    land.catch(notices.failed);
    later?.reload(land);
    return asked;
  }

  followView(map, store, settings.bounds, needs.ask);
  // Where the service worker answers, the font is on this device.
  const kept = Boolean(navigator.serviceWorker?.controller);
  if (kept) loadFont(settings.font, basemap.arrange);
  const drawn = reload();
  root.querySelector("[data-loading]").remove();
  await Promise.race([drawn, new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); })]);
  const { connectLater } = await import("./later.js");
  later = connectLater(root, { map, store, words, basemap, markers, notices, onLeave: needs.ask }, settings);
  if (told) later.show(told);
  later.reload(basemap.load());
  root.dataset.live = "";
  if (!kept) loadFont(settings.font, basemap.arrange);
}

/** The map shows the state's view, and the state follows the map; `ask` for what is in view then. */
function followView(map, store, bounds, ask) {
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
    if (cause === "history" && (state.view || previous.near) && !state.near) go(state);
    if (filterParams(state).toString() !== filterParams(previous).toString()) ask();
  });
  // Come back to, the map may be hours old.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ask();
  });
}

/** Last, for its weight. The names are arranged anew: its letters have widths of their own. */
function loadFont(href, arrange) {
  document.fonts.addEventListener("loadingdone", arrange);
  document.head.append(el("link", { rel: "stylesheet", href }));
}

/** The legend explains soft tints instead of lines. */
function sayApproximate(root) {
  for (const line of root.querySelectorAll("[data-official]")) line.hidden = true;
  root.querySelector("[data-approximate]").hidden = false;
}
