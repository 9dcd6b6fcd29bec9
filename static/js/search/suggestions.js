// What the panel of the search box shows: {options, before, said}. `said` is for screen readers.
import { el, hidden, icon } from "../lib/dom.js";
import { counted, t, vietnamese } from "../lib/i18n.js";
import { about, iconOf, pieces } from "./hits.js";

const SHOWN = 8; // hits: more is a page of its own

const marked = ([text, on]) => (on ? el("mark", {}, text) : text);
const note = (text) => el("p.suggestion-note", {}, text);
const line = (name, first, second) => [
  icon(name, 20),
  el("span", {}, el("span.suggestion-title", {}, first), second ? el("span.suggestion-about", {}, second) : null),
];

const urgencyMark = ({ urgency }, words) => (urgency
  ? el(`span.urgency-${urgency}`, {}, el("span.urgency-digit", { "aria-hidden": "true" }, String(urgency)), hidden(words.urgency(urgency)))
  : null);

const textOption = (q, acts) => ({ label: line("filter", t("Lọc danh sách theo “{q}”", { q })), pick: () => acts.filter(q) });

const hitOption = (hit, words, acts) => ({
  label: [
    ...line(iconOf(hit, words), el("span", { lang: vietnamese }, pieces(hit.title, hit.highlights).map(marked)), about(hit, words)),
    urgencyMark(hit, words),
  ],
  pick: () => acts.take(hit),
});

function lead({ q, results }) {
  if (!results.length) return [t("Không tìm thấy gì cho “{q}”. Thử viết ít chữ hơn; có dấu hay không dấu đều được.", { q })];
  return results[0].match === "similar" ? [t("Không có kết quả đúng như bạn viết. Gần giống nhất:")] : [];
}

/** The answer of /search.json; `cut`: what to say when not all that was typed was asked. */
export function hitsView(answer, cut, words, acts) {
  const { q, results, truncated } = answer;
  const notes = [...cut, ...lead(answer)];
  const options = results.slice(0, SHOWN).map((hit) => hitOption(hit, words, acts));
  if (truncated || results.length > SHOWN) {
    options.push({ label: line("list-search", t("Xem mọi kết quả")), pick: () => acts.seeAll(q) });
  }
  options.push(textOption(q, acts));
  const found = results.length ? [counted("{n} kết quả, chọn bằng phím mũi tên.", results.length)] : [];
  return { options, before: notes.map(note), said: [...notes, ...found].join(" ") };
}

export function recentView(texts, acts) {
  if (!texts.length) return { options: [], before: [], said: "" };
  const forget = el("button.button.button-plain", { type: "button", onclick: acts.forget }, t("Xóa"), hidden(" ", t("tìm kiếm gần đây")));
  return {
    options: texts.map((text) => ({ label: line("history", text), pick: () => acts.again(text) })),
    before: [el("p.suggestion-head", {}, el("span", {}, t("Tìm gần đây, chỉ lưu trên máy này")), forget)],
    said: "",
  };
}

export function failureView(error, q, acts) {
  const unreached = error.status === 0 || error.status >= 500 || error.status === undefined;
  const reason = unreached ? t("Chưa tìm được: không kết nối được máy chủ.") : error.message;
  const again = el("button.button", { type: "button", onclick: acts.retry }, icon("refresh", 18), t("Thử lại"));
  return { options: [textOption(q, acts)], before: [note(reason), again], said: reason };
}

export const busyView = () => ({ options: [], before: [note(t("Đang tìm…"))], said: "" });
