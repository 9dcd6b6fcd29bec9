// People in hardship as the map may show them: areas with a band of households. Cells of several
// need groups share one area. Pure: runs under `node --test`.
import { number } from "../lib/format.js";
import { counted, t } from "../lib/i18n.js";

const STEPS = [100, 50, 20, 10]; // as many shades as css/markers.css has

/** "10–19 hộ", "từ 100 hộ". */
export const bandText = ({ low, high }) =>
  (high ? t("{low}–{high} hộ", { low: number(low), high: number(high) }) : counted("từ {n} hộ", low));

/** Features of /layers/people.geojson → Map: area → {name, units, codes, label, geometry, cells, atLeast}. */
export function areasOf(features) {
  const areas = new Map();
  for (const { geometry, properties: of } of features) {
    const area = areas.get(of.area)
      ?? { name: of.name, units: of.units, codes: of.unit_codes, label: of.label, geometry, cells: [], atLeast: 0 };
    area.cells.push({ group: of.group, low: of.band_low, high: of.band_high });
    area.atLeast += of.band_low;
    areas.set(of.area, area);
  }
  return areas;
}

/** What an area's label says: its band, or with several groups the sum of their lower ends. */
export const areaText = ({ cells, atLeast }) =>
  (cells.length === 1 ? bandText(cells[0]) : counted("ít nhất {n} hộ", atLeast));

export const shadeOf = ({ atLeast }) => STEPS.find((step) => step <= atLeast) ?? STEPS.at(-1);
