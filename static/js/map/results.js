// The list and the line above it: what is in view, or what is nearest. Says the same as the map.
import { el } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { counted, t } from "../lib/i18n.js";
import { createList } from "./list.js";
import { hasFilters } from "./state.js";

/** "414 nhu cầu trong khung nhìn, liệt kê 40 cần nhất". */
function viewSummary({ matched, rows, truncated }, filtered) {
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

function nearSummary(rows) {
  if (rows.length === 0) return [t("Không có nhu cầu nào để xếp theo khoảng cách")];
  return [
    ...stressed(counted("{n} nhu cầu gần bạn nhất, theo đường chim bay.", rows.length), number(rows.length)),
    " ", t("Vị trí được làm tròn khoảng 100 m, không lưu lại."),
  ];
}

/** The text with one part of it in bold. */
function stressed(text, part) {
  const at = text.indexOf(part);
  return at < 0 ? [text] : [text.slice(0, at), el("strong", {}, part), text.slice(at + part.length)];
}

function emptyText(state) {
  if (state.near) return t("Chưa có nhu cầu nào khớp bộ lọc. Hãy bỏ bớt điều kiện để xem thêm.");
  return hasFilters(state)
    ? t("Chưa có nhu cầu nào khớp trong khung nhìn. Hãy thu nhỏ bản đồ hoặc bỏ bớt điều kiện lọc.")
    : t("Chưa có nhu cầu nào trong khung nhìn. Hãy thu nhỏ hoặc kéo bản đồ sang nơi khác.");
}

/** Takes what `createList` takes. */
export function createResults(root, words, hear) {
  const list = createList(root, words, hear);
  const line = root.querySelector("[data-summary]");

  function show(rows, state, said) {
    list.show(rows, { emptyText: emptyText(state) });
    list.mark(state.place);
    line.replaceChildren(...said);
  }

  return {
    showView: (result, state) => show(result.rows, state, viewSummary(result, hasFilters(state))),
    showNear: (rows, state) => show(rows, state, nearSummary(rows)),
    mark: list.mark,
  };
}
