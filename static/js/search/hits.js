// What was typed and what was found, as words. Pure: runs under `node --test`.
import { day } from "../lib/format.js";
import { counted, t } from "../lib/i18n.js";

export const MOST_LETTERS = 100; // as many as /search.json takes

/** What a search is asked for: blanks at the ends gone, at most MOST_LETTERS; `cut` says whether
 * there was more. Letters are code points, as the server counts them. */
export function asked(text) {
  const letters = [...text.trim()];
  return { q: letters.slice(0, MOST_LETTERS).join("").trim(), cut: letters.length > MOST_LETTERS };
}

/** A title in pieces [text, marked]; `highlights` are [begin, end) in code points, apart. */
export function pieces(title, highlights = []) {
  const letters = [...title];
  const found = [];
  let at = 0;
  for (const [begin, end] of highlights) {
    found.push([letters.slice(at, begin).join(""), false], [letters.slice(begin, end).join(""), true]);
    at = end;
  }
  found.push([letters.slice(at).join(""), false]);
  return found.filter(([text]) => text);
}

function unitWords({ kind, district, valid_to: end, now }) {
  const was = end ? t("đơn vị cũ, trước {day}", { day: day(end) }) : "";
  return [kind === "district" ? t("Cấp huyện") : t("Xã, phường"), district, was, now && t("nay thuộc {unit}", { unit: now })];
}

/** The line below a hit's title: what it is and where. */
export function about(hit, words) {
  const where = [hit.commune, hit.district].filter(Boolean).join(", ");
  const told = {
    unit: () => unitWords(hit),
    need: () => [t("Nhu cầu: {category}", { category: words.category(hit.kind).name }), where],
    place: () => [counted("Địa điểm", 1), where],
  }[hit.type]();
  return told.filter(Boolean).join(" · ");
}

export const iconOf = (hit, words) =>
  ({ unit: "map-2", place: "map-pin", need: words.category(hit.kind).icon })[hit.type];
