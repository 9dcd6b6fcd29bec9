// The cards that open over the map. Text nodes only.
import { el, hidden, icon } from "../lib/dom.js";
import { day, decimalNumber, number } from "../lib/format.js";

export function urgencyBadge(level, words) {
  return el(`span.urgency.urgency-${level}`, {},
    el("span.urgency-digit", { "aria-hidden": "true" }, String(level)),
    el("span.urgency-word", {}, words.urgency(level), hidden(` (mức ${level}/4)`)));
}

export const placeUrl = (code) => `/places/${encodeURIComponent(code)}`;

export const where = ({ commune, district }) => [commune, district].filter(Boolean).join(", ");

export function taken({ parts, parts_taken: partsTaken }) {
  return `${number(partsTaken)}/${number(parts)} đội đã nhận`;
}

function directionsUrl({ coordinates: [lng, lat] }) {
  return `https://www.google.com/maps/dir/?api=1&destination=${lat},${lng}`;
}

function needItem(need, words) {
  return el("li", {},
    el("span.kind-icon.kind-icon-small", {}, icon(words.category(need.category).icon, 18)),
    el("div", {},
      el("p.popup-need", {}, need.title),
      el("p.facts", {}, urgencyBadge(need.urgency, words), el("span", {}, taken(need)))));
}

export function placeCard(mark, words) {
  const first = mark.needs[0];
  const checked = mark.needs.map((need) => day(need.checked_on)).find(Boolean);
  return el("article.popup", { "aria-label": first.place_title },
    el("h2.popup-title", {}, el("a", { href: placeUrl(mark.place) }, first.place_title)),
    el("p.small.soft", {}, where(first)),
    el("ul.popup-needs", {}, mark.needs.map((need) => needItem(need, words))),
    checked ? el("p.small.soft", {}, `Kiểm tra ngày ${checked}`) : null,
    el("div.buttons", {},
      el("a.button.button-main", { href: placeUrl(mark.place) }, "Xem chi tiết"),
      el("a.button", { href: directionsUrl(mark.geometry), rel: "noreferrer", target: "_blank" },
        icon("navigation", 18), "Chỉ đường", hidden(" (mở Google Maps)"))));
}

function teamItem(team, words) {
  const facts = [
    words.teamKind(team.kind),
    team.people ? `${number(team.people)} người` : "",
    team.radius_km ? `đi trong ${decimalNumber(team.radius_km)} km` : "",
  ].filter(Boolean);
  const skills = (team.skills ?? []).map(words.skill);
  return el("li", {},
    el("div", {},
      el("p.popup-need", {}, team.name),
      el("p.small.soft", {}, facts.join(" · ")),
      skills.length ? el("p.small", {}, `Kỹ năng: ${skills.join(", ")}`) : null,
      words.teamState(team.state) ? el("p", {}, el("span.tag", {}, words.teamState(team.state))) : null));
}

export function teamsCard(teams, words) {
  const title = teams.length > 1 ? `${number(teams.length)} đội tình nguyện` : "Đội tình nguyện";
  return el("article.popup", { "aria-label": title },
    el("h2.popup-title", {}, title),
    el("p.small.soft", {}, teams[0].commune),
    el("ul.popup-needs", {}, teams.map((team) => teamItem(team, words))));
}
