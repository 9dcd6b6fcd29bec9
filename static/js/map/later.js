// What is asked of the map rather than seen on it: the search box and "Gần tôi".
import { to } from "../lib/i18n.js";
import { connectSearch } from "../search/box.js";
import { NO_FILTERS } from "./filters.js";
import { connectNear } from "./near.js";
import { isPhone, showSpot } from "./view.js";

const ELSEWHERE = { ...NO_FILTERS, near: false };
const HALF = 0.54; // of the map's height, under the sheet at its middle stop

export function connectLater(root, parts, settings) {
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
      if (!hit.urgency) return location.assign(to(hit.url)); // nothing is needed there: it has no mark
      selection.choose(hit.place ?? hit.code, { ...ELSEWHERE, focus: true });
      return showSpot(map, [hit.lat, hit.lng]);
    },
  });
  store.listen(({ q }, _previous, cause) => box.write(q, cause === "history"));
  box.write(store.get().q, false);
  return box;
}
