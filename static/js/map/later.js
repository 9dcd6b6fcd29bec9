// What follows the first sight of the map: the list, filters, figures, layers to switch, the search
// box and "Gần tôi". Until it is here the page's forms are plain forms.
import { go } from "../lib/frame.js";
import { to } from "../lib/i18n.js";
import { connectSearch } from "../search/box.js";
import { connectFilters, NO_FILTERS } from "./filters.js";
import { connectNear } from "./near.js";
import { connectPeople } from "./people.js";
import { createResults } from "./results.js";
import { connectSelection } from "./selection.js";
import { createSheet } from "./sheet.js";
import { hasFilters } from "./state.js";
import { connectTeams } from "./team_toggle.js";
import { connectUnit } from "./unit.js";
import { isPhone, showSpot } from "./view.js";

const ELSEWHERE = { ...NO_FILTERS, near: false };
const HALF = 0.54; // of the map's height, under the sheet at its middle stop

/**
 * `show(result)`: what a view holds, for the list; `reload(land)`: figures and the chosen unit anew,
 * once the promise `land` is fulfilled.
 */
export function connectLater(root, parts, settings) {
  const { map, store, words, basemap, markers, notices } = parts;
  const sheet = createSheet(root.querySelector(".results"));
  const selection = connectSelection(map, store, markers);
  const results = createResults(root, words, {
    onPoint: selection.point,
    onPick: ({ place, geometry: { coordinates: [lng, lat] } }) => {
      sheet.set("peek");
      showSpot(map, [lat, lng]);
      selection.choose(place);
    },
  });
  store.listen(({ place }) => results.mark(place));
  const filters = connectFilters(root, store, words);
  const tellTotals = connectTotals(map, store, basemap);
  const onFigures = (figures) => {
    filters.tell(figures);
    tellTotals(figures);
  };
  const unit = connectUnit(root, map, store, basemap, { ...settings, onFigures });
  connectTeams(root, map, store, words, notices);
  connectPeople(root, map, store, words, settings.bounds);
  connectAsking(root, { ...parts, selection, results, sheet }, settings);
  for (const part of root.querySelectorAll("[data-tools], [data-legend]")) part.hidden = false;
  return {
    show(result) {
      if (!store.get().near) results.showView(result, store.get());
      selection.reopen();
    },
    reload(land) {
      land.then(unit.show, () => {}); // the notice of the outage is not this part's
      unit.load();
    },
  };
}

/** Totals beside the districts' names: of all that is needed, so not while something is filtered. */
function connectTotals(map, store, basemap) {
  const mark = (state) =>
    map.getContainer().toggleAttribute("data-filtered", hasFilters({ ...state, unit: "" }));
  store.listen(mark);
  mark(store.get());
  return ({ unit, parts }) => { if (!unit) basemap.tell(parts); };
}

/** What is asked of the map rather than seen on it: the search box and "Gần tôi". */
function connectAsking(root, parts, settings) {
  const { map, store, results, sheet } = parts;
  const search = connectBox(root, parts);
  connectNear(map, store, {
    button: root.querySelector("[data-near]"),
    note: root.querySelector("[data-near-note]"),
    onRows: (rows) => results.showNear(rows, store.get()),
    onLeave: parts.onLeave,
    chooseUnit: search.focus,
    openList() {
      sheet.set("half");
      return isPhone() ? map.getSize().y * HALF : undefined;
    },
  }, settings);
}

/** What is chosen in the box is gone to, what is only written there filters. */
function connectBox(root, { map, store, words, selection }) {
  const box = connectSearch(root.querySelector("[data-search]"), words, {
    text: (q) => store.change({ q, near: false }),
    unit: ({ code }) => store.change({ ...ELSEWHERE, unit: code, place: "" }),
    place(hit) {
      if (!hit.urgency) return go(to(hit.url)); // nothing is needed there: it has no mark
      selection.choose(hit.place ?? hit.code, { ...ELSEWHERE, focus: true });
      return showSpot(map, [hit.lat, hit.lng]);
    },
  });
  store.listen(({ q }, _previous, cause) => box.write(q, cause === "history"));
  box.write(store.get().q, false);
  return box;
}
