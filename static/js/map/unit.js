// The chosen unit: marked on the basemap, told in figures, and the map goes there when somebody
// chooses it. Without one the figures are the province's.
import { el, hidden, icon } from "../lib/dom.js";
import { counted, t, to, vietnamese } from "../lib/i18n.js";
import { getJson } from "../lib/http.js";
import { leafletBox } from "./box.js";
import { createLoader } from "./loader.js";
import { fitOptions, showProvince } from "./view.js";

const unitUrl = (code) => to(`/units/${encodeURIComponent(code)}`);

/** "12 nhu cầu đang mở, 3 khẩn cấp · 8 địa điểm": needs that were met already are not counted. */
function figuresText({ needs, places }) {
  const open = [counted("{n} nhu cầu đang mở", needs.open)];
  if (needs.urgent) open.push(counted("{n} khẩn cấp", needs.urgent));
  return [open.join(", "), counted("{n} địa điểm", places.total)].join(" · ");
}

function card(figures, onClose) {
  const { unit } = figures;
  return [
    el("div", {},
      el("h2", {}, el("a", { href: unitUrl(unit.code), lang: vietnamese }, unit.name)),
      el("p", {}, figuresText(figures))),
    el("button.button.button-plain.button-icon", { type: "button", title: t("Bỏ chọn khu vực"), onclick: onClose },
      icon("x", 20), hidden(t("Bỏ chọn khu vực"))),
  ];
}

function fetchFigures(code, signal) {
  return getJson(`/stats.json${code ? `?${new URLSearchParams({ unit: code })}` : ""}`, { signal });
}

/** `onFigures` hears the figures of what is chosen. */
export function connectUnit(root, map, store, basemap, { bounds, onFigures }) {
  const place = root.querySelector("[data-unit-card]");
  const boxes = new Map(); // code → bounds, of units that were chosen
  // A link that says where to look is obeyed; one that only names a unit goes to the unit.
  let waiting = store.get().view ? "" : store.get().unit;

  const boundsOf = (code) => basemap.boundsOf(code) ?? boxes.get(code);

  /** Goes to the unit once its area is known. */
  function show() {
    const box = waiting && boundsOf(waiting);
    if (!box) return;
    waiting = "";
    map.fitBounds(box, fitOptions());
  }

  function tell(code, figures) {
    if (figures.unit) {
      boxes.set(code, leafletBox(figures.unit.bounds));
      place.replaceChildren(...card(figures, () => store.change({ unit: "" })));
    }
    place.hidden = !figures.unit;
    onFigures(figures);
    show();
  }

  const figures = createLoader((signal) => fetchFigures(store.get().unit, signal), (stage, result) => {
    if (stage === "ready") tell(store.get().unit, result);
    if (stage === "failed") place.hidden = true; // the list's own notice speaks of the outage
  });

  store.listen((state, previous, cause) => {
    if (state.unit === previous.unit) return;
    basemap.choose(state.unit);
    figures.now();
    if (cause === "history") return;
    waiting = state.unit;
    if (state.unit) show();
    else showProvince(map, bounds);
  });
  basemap.choose(store.get().unit);
  return { show, load: figures.now };
}
