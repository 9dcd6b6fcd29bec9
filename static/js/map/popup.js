// The cards that open over the map. Text nodes only.
import { el, hidden, icon } from "../lib/dom.js";
import { day, decimalNumber, number } from "../lib/format.js";
import { counted, t, to, vietnamese } from "../lib/i18n.js";

export function urgencyBadge(level, words) {
  return el(`span.urgency.urgency-${level}`, {},
    el("span.urgency-digit", { "aria-hidden": "true" }, String(level)),
    el("span.urgency-word", {}, words.urgency(level), hidden(" ", t("(mức {level}/4)", { level }))));
}

export const placeUrl = (code) => to(`/places/${encodeURIComponent(code)}`);

const helpUrl = (code) => to(`/help/${encodeURIComponent(code)}`);

export const where = ({ commune, district }) => [commune, district].filter(Boolean).join(", ");

export function taken({ parts, parts_taken: partsTaken }) {
  return t("{taken}/{parts} đội đã nhận", { taken: number(partsTaken), parts: number(parts) });
}

/** What is said of a need whose teams must come at once. */
export function togetherText({ together, parts, people_in_all: people }) {
  if (!together) return null;
  const said = counted("{n} đội cùng đến một lúc", parts);
  return el("span", {}, people ? said + counted(", góp lại từ {n} người", people) : said);
}

function directionsUrl({ coordinates: [lng, lat] }) {
  return `https://www.google.com/maps/dir/?api=1&destination=${lat},${lng}`;
}

function needItem(need, words) {
  return el("li", {},
    el("span.kind-icon.kind-icon-small", {}, icon(words.category(need.category).icon, 18)),
    el("div", {},
      el("p.popup-need", { lang: vietnamese }, need.title),
      el("p.facts", {}, urgencyBadge(need.urgency, words), el("span", {}, taken(need)), togetherText(need))));
}

export function placeCard(mark, words) {
  const first = mark.needs[0];
  const checked = mark.needs.map((need) => day(need.checked_on)).find(Boolean);
  return el("article.popup", { "aria-labelledby": `card-${mark.place}` },
    el("h2.popup-title", { id: `card-${mark.place}` }, el("a", { href: placeUrl(mark.place), lang: vietnamese }, first.place_title)),
    el("p.small.soft", { lang: vietnamese }, where(first)),
    el("ul.popup-needs", {}, mark.needs.map((need) => needItem(need, words))),
    first.point_estimated ? el("p.small", {}, icon("map-pin", 16), " ",
      t("Vị trí ước lượng: điểm này ở giữa xã, phường, chưa phải đúng chỗ. Hỏi đường tại xã trước khi đến.")) : null,
    checked ? el("p.small.soft", {}, t("Kiểm tra ngày {day}", { day: checked })) : null,
    el("div.buttons", {},
      el("a.button.button-main", { href: helpUrl(mark.place) }, t("Tôi muốn giúp")),
      el("a.button", { href: placeUrl(mark.place) }, t("Xem chi tiết")),
      el("a.button", { href: directionsUrl(mark.geometry), rel: "noreferrer", target: "_blank" },
        icon("navigation", 18), t("Chỉ đường"), hidden(" ", t("(mở Google Maps)")))));
}

function teamItem(team, words) {
  const facts = [
    words.teamKind(team.kind),
    team.people ? counted("{n} người", team.people) : "",
    team.radius_km ? t("đi trong {km} km", { km: decimalNumber(team.radius_km) }) : "",
  ].filter(Boolean);
  const skills = (team.skills ?? []).map(words.skill);
  return el("li", {},
    el("div", {},
      el("p.popup-need", { lang: vietnamese }, team.name),
      el("p.small.soft", {}, facts.join(" · ")),
      skills.length ? el("p.small", {}, t("Kỹ năng: {skills}", { skills: skills.join(", ") })) : null,
      words.teamState(team.state) ? el("p", {}, el("span.tag", {}, words.teamState(team.state))) : null));
}

export function teamsCard(teams, words) {
  const title = teams.length > 1 ? counted("{n} đội tình nguyện", teams.length) : counted("Đội tình nguyện", 1);
  return el("article.popup", { "aria-label": title },
    el("h2.popup-title", {}, title),
    el("p.small.soft", { lang: vietnamese }, teams[0].commune),
    el("ul.popup-needs", {}, teams.map((team) => teamItem(team, words))));
}
