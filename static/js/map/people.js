// The layer of people in hardship: shaded areas with a band of households, never pins. The whole
// layer is small and only changes with a release, so it is asked for once.
import { el, hidden, written } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { counted, t, to, vietnamese } from "../lib/i18n.js";
import { L } from "../lib/leaflet.js";
import { areasOf, areaText, bandText, shadeOf } from "./areas.js";
import { getLayer } from "./layer.js";
import { bindCard } from "./markers.js";

const LABELS_ABOVE_ZOOM = 11;
const DETAIL = 11; // the zoom whose pixels the outlines are drawn for
const PANE_HEIGHT = 205; // above the land, below lines, names and marks
const WHY = t("Bản đồ chỉ nói về cả khu vực có từ 10 hộ trở lên, không bao giờ chỉ ra từng nhà.");

const placesOf = ({ name, units }) => (units.length > 1 ? units.join(", ") : units[0] ?? name);
const titleOf = (area) => (area.units.length > 1 ? area.name : placesOf(area));

function figures({ cells }, words) {
  return cells.map((cell) => el("li", {}, `${words.peopleGroup(cell.group)}: `, el("strong", {}, bandText(cell))));
}

const helpUrl = (code, group) =>
  to(`/help/unit/${encodeURIComponent(code)}${group && group !== "all" ? `?group=${group}` : ""}`);

/** Where one may offer help: the area's commune, by `button`, or one of its communes. */
function helpLinks(area, button) {
  const { units, codes, cells } = area;
  const group = cells.length === 1 ? cells[0].group : null;
  if (codes.length === 1) {
    const where = hidden(" ", written(titleOf(area)));
    return el("div.buttons", {}, el(button, { href: helpUrl(codes[0], group) }, t("Tôi muốn giúp"), where));
  }
  return el("p", {}, t("Tôi muốn giúp ở:"), " ", codes.flatMap((code, at) =>
    [at ? ", " : null, el("a", { href: helpUrl(code, group), lang: vietnamese }, units[at])]));
}

function card(area, words) {
  const id = `card-${area.label.join("-")}`;
  return el("article.popup", { "aria-labelledby": id },
    el("h2.popup-title", { id, lang: vietnamese }, titleOf(area)),
    area.units.length > 1 ? el("p.small.soft", { lang: vietnamese }, placesOf(area)) : null,
    el("ul.popup-needs.popup-people", {}, figures(area, words)),
    helpLinks(area, "a.button.button-main"),
    el("p.small", {}, WHY, " ", el("a", { href: to("/about/privacy") }, t("Vì sao?"))));
}

function draw(map, area, words) {
  const shape = L.geoJSON({ type: "Feature", properties: {}, geometry: area.geometry }, {
    pane: "people",
    style: { className: `people-cell people-${shadeOf(area)}` },
  });
  const [lng, lat] = area.label;
  const band = el("span", {}, hidden(written(titleOf(area)), ": "), areaText(area));
  const label = L.marker([lat, lng], {
    zIndexOffset: -1000,
    icon: L.divIcon({ className: "people-label", iconSize: [96, 24], html: band }),
  });
  for (const layer of [shape, label]) bindCard(map, layer, () => card(area, words));
  return { area, shape, label };
}

/** The same in words, for the list: what is in view, the larger areas first. */
function tell(place, areas, words) {
  place.hidden = areas.length === 0;
  const least = areas.reduce((sum, area) => sum + area.atLeast, 0);
  const sorted = [...areas].sort((a, b) => b.atLeast - a.atLeast || a.name.localeCompare(b.name, "vi"));
  place.querySelector("[data-people-sum]").textContent =
    counted("ít nhất {least} hộ trong {n} khu vực đang xem", areas.length, { least: number(least) });
  place.querySelector("[data-people-areas]").replaceChildren(...sorted.map((area) => el("li", {},
    el("p.popup-need", { lang: vietnamese }, placesOf(area)),
    el("ul.small", {}, figures(area, words)),
    helpLinks(area, "a.button"))));
}

export function connectPeople(root, map, store, words, bounds) {
  const toggle = root.querySelector("[data-people]");
  const list = root.querySelector("[data-people-list]");
  map.createPane("people").style.zIndex = PANE_HEIGHT;
  const shapes = L.layerGroup();
  const labels = L.layerGroup();
  let drawn = [];
  let asked = null;

  async function load() {
    const { features } = await getLayer("people.geojson", { bbox: bounds.join(","), zoom: DETAIL });
    drawn = [...areasOf(features).values()].map((area) => draw(map, area, words));
    for (const { shape, label } of drawn) {
      shapes.addLayer(shape);
      labels.addLayer(label);
    }
  }

  function show() {
    const on = store.get().people;
    toggle.checked = on;
    map.getContainer().toggleAttribute("data-shaded", on); // the land beneath keeps to one tint
    const near = on && map.getZoom() > LABELS_ABOVE_ZOOM;
    if (on) shapes.addTo(map); else shapes.remove();
    if (near) labels.addTo(map); else labels.remove();
    const view = map.getBounds();
    tell(list, on ? drawn.filter(({ shape }) => view.intersects(shape.getBounds())).map(({ area }) => area) : [], words);
  }

  function follow() {
    show();
    if (!store.get().people) return;
    asked ??= load().then(show, () => { asked = null; }); // asked again with the next move
  }

  toggle.addEventListener("change", () => store.change({ people: toggle.checked }));
  store.listen((state, previous) => state.people !== previous.people && follow());
  map.on("moveend", follow);
  follow();
}
