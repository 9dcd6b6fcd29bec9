// The list beside the map: the same needs in words, for everyone and for screen readers.
import { el, hidden, icon, written } from "../lib/dom.js";
import { day, distance } from "../lib/format.js";
import { t, vietnamese } from "../lib/i18n.js";
import { placeUrl, taken, togetherText, urgencyBadge, where } from "./popup.js";

function row(need, words, onPick) {
  const checked = day(need.checked_on);
  const item = el("li.need", { "data-place": need.place },
    el("span.kind-icon", {}, icon(words.category(need.category).icon, 24)),
    el("h2.need-title", {}, el("a", { href: placeUrl(need.place), lang: vietnamese }, need.title)),
    el("p.need-where", { lang: vietnamese }, `${need.place_title} · ${where(need)}`),
    el("p.facts", {},
      need.metres === undefined ? null : el("strong.need-distance", {}, distance(need.metres)),
      urgencyBadge(need.urgency, words),
      el("span", {}, taken(need)),
      togetherText(need),
      need.point_estimated ? el("span", {}, t("vị trí ước lượng")) : null,
      checked ? el("span", {}, t("kiểm tra ngày {day}", { day: checked })) : null),
    el("button.button.button-plain.button-icon.need-pin", { type: "button", title: t("Xem trên bản đồ"), onclick: () => onPick(need) },
      icon("map-pin", 20), hidden(t("Xem trên bản đồ"), ": ", written(need.title))));
  return item;
}

export function createList(root, words, { onPick, onPoint }) {
  const list = root.querySelector("[data-list]");
  const empty = root.querySelector("[data-empty]");
  const pointed = (event) => event.target.closest("[data-place]")?.dataset.place ?? "";
  list.addEventListener("pointerover", (event) => onPoint(pointed(event)));
  list.addEventListener("pointerleave", () => onPoint(""));
  return {
    show(rows, { emptyText }) {
      root.querySelector("[data-pager]")?.remove(); // the pages of the list without a map
      list.replaceChildren(...rows.map((need) => row(need, words, onPick)));
      list.closest(".results-body").scrollTop = 0;
      empty.hidden = rows.length > 0;
      empty.querySelector("[data-empty-text]").textContent = emptyText;
    },
    mark(place) {
      for (const item of list.children) item.classList.toggle("is-active", Boolean(place) && item.dataset.place === place);
    },
  };
}
