// The map page: connects the state, the map, the list and the filters. Each part knows only what
// it is given here.
import { el } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { counted, t } from "../lib/i18n.js";
import { createBasemap } from "./basemap.js";
import { connectFilters } from "./filters.js";
import { createList } from "./list.js";
import { createLoader } from "./loader.js";
import { createNeedMarkers, loadNeeds } from "./needs.js";
import { createNotices } from "./notices.js";
import { connectSelection } from "./selection.js";
import { connectPeople } from "./people.js";
import { createSheet } from "./sheet.js";
import { filterParams, hasFilters } from "./state.js";
import { createStore } from "./store.js";
import { connectTeams } from "./team_toggle.js";
import { connectUnit } from "./unit.js";
import { createMap, showProvince } from "./view.js";
import { createWords } from "./words.js";

const SHOWN_PLACE_ZOOM = 15; // from here on the server clusters nothing

export function start(root) {
  const settings = JSON.parse(root.dataset.settings);
  const words = createWords(settings);
  const store = createStore();
  const map = createMap(root.querySelector("[data-map]"), settings);
  const basemap = createBasemap(map, { ...settings, onApproximate: () => sayApproximate(root) });
  const sheet = createSheet(root.querySelector(".results"));
  const markers = createNeedMarkers(map, words);
  const selection = connectSelection(map, store, markers);
  const list = createList(root, words, {
    onPoint: selection.point,
    onPick: ({ place, geometry: { coordinates: [lng, lat] } }) => {
      sheet.set("peek");
      map.setView([lat, lng], Math.max(map.getZoom(), SHOWN_PLACE_ZOOM));
      selection.choose(place);
    },
  });
  const notices = createNotices(root, () => reload());
  const needs = createLoader((signal) => loadNeeds(map, store.get(), signal), (stage, result) => {
    notices[stage](result);
    if (stage === "ready") show(result);
  });

  function show(result) {
    const state = store.get();
    markers.show(result.marks);
    basemap.arrange();
    list.show(result.rows, { emptyText: emptyText(state) });
    list.mark(state.place);
    root.querySelector("[data-summary]").replaceChildren(...summary(result, hasFilters(state)));
    selection.reopen();
  }

  const { view } = store.get();
  if (view) map.setView([view.lat, view.lng], view.zoom, { animate: false });
  else showProvince(map, settings.bounds);

  map.on("moveend", () => {
    const { lat, lng } = map.getCenter();
    store.change({ view: { lat, lng, zoom: map.getZoom() } }, { step: false });
    needs.ask();
  });
  store.listen((state, previous, cause) => {
    list.mark(state.place);
    if (cause === "history" && state.view) map.setView([state.view.lat, state.view.lng], state.view.zoom);
    if (filterParams(state).toString() !== filterParams(previous).toString()) needs.ask();
  });
  // Come back to, the map may be hours old.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") needs.ask();
  });
  const unit = connectUnit(map, store, basemap, settings);
  connectFilters(root, store, words);
  connectTeams(root, map, store, words, notices);
  connectPeople(root, map, store, words, settings.bounds);

  function reload() {
    basemap.load().then(unit.show, notices.failed);
    return needs.now();
  }

  for (const part of root.querySelectorAll("[data-tools], [data-legend]")) part.hidden = false;
  root.querySelector("[data-loading]").remove();
  root.dataset.live = "";
  return reload();
}

/** The legend explains soft tints instead of lines. */
function sayApproximate(root) {
  for (const line of root.querySelectorAll("[data-official]")) line.hidden = true;
  root.querySelector("[data-approximate]").hidden = false;
}

/** "414 nhu cầu trong khung nhìn, liệt kê 40 cần nhất". */
function summary({ matched, rows, truncated }, filtered) {
  if (matched === 0) return [t("Không có nhu cầu nào trong khung nhìn")];
  // The server counts no further than it can at once.
  const many = matched === undefined;
  const words = many
    ? stressed(t("Rất nhiều nhu cầu trong khung nhìn"), t("Rất nhiều"))
    : stressed(counted("{n} nhu cầu trong khung nhìn", matched), number(matched));
  if (filtered) words.push(", ", t("theo bộ lọc"));
  if (many || rows.length < matched) words.push(", ", counted("liệt kê {n} cần nhất", rows.length));
  if (truncated) words.push("; ", t("phóng to để thấy đủ trên bản đồ"));
  return words;
}

/** The text with one part of it in bold. */
function stressed(text, part) {
  const at = text.indexOf(part);
  return at < 0 ? [text] : [text.slice(0, at), el("strong", {}, part), text.slice(at + part.length)];
}

function emptyText(state) {
  return hasFilters(state)
    ? t("Chưa có nhu cầu nào khớp trong khung nhìn. Hãy thu nhỏ bản đồ hoặc bỏ bớt điều kiện lọc.")
    : t("Chưa có nhu cầu nào trong khung nhìn. Hãy thu nhỏ hoặc kéo bản đồ sang nơi khác.");
}
