// A plan as lines from teams to needs on our own outlines. It is a picture; the table says the same.
import { el } from "../lib/dom.js";
import { getJson } from "../lib/http.js";
import { L, makeMap } from "../lib/leaflet.js";
import { createBasemap } from "../map/basemap.js";

const AROUND = 0.15; // of the lines' extent
const FARTHEST_IN = 13;

export async function start(element) {
  const plan = await getJson(element.dataset.url).catch(() => ({ features: [] }));
  element.hidden = !plan.features.length;
  if (element.hidden) return;

  const map = makeMap(element, { attributionControl: false, scrollWheelZoom: false, zoomControl: false });
  L.control.zoom({ zoomInTitle: "Phóng to", zoomOutTitle: "Thu nhỏ" }).addTo(map);
  const lines = L.geoJSON(plan, {
    style: ({ properties }) => ({ className: `plan-line plan-line-${properties.urgency}`, interactive: false }),
  });
  map.fitBounds(lines.getBounds().pad(AROUND), { maxZoom: FARTHEST_IN });
  const extent = map.getBounds();
  lines.addTo(map);
  for (const { geometry, properties } of plan.features) {
    const [base, need] = geometry.coordinates.map(([lng, lat]) => [lat, lng]);
    L.circleMarker(base, { radius: 5, className: "plan-team" }).bindPopup(told([properties.team_name])).addTo(map);
    L.circleMarker(need, { radius: 7, className: `plan-need plan-need-${properties.urgency}` })
      .bindPopup(told([properties.title, properties.where, `${properties.team_name}, ${properties.distance}`]))
      .addTo(map);
  }
  const bounds = [extent.getWest(), extent.getSouth(), extent.getEast(), extent.getNorth()];
  createBasemap(map, { bounds }).load().catch(() => element.classList.add("is-plain"));
}

const told = (lines) => el("div", {}, lines.map((line) => el("p", {}, line)));
