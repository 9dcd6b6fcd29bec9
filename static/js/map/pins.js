// What a mark looks like: a pin with the category's icon and the urgency's digit, or a cluster.
import { L } from "../lib/leaflet.js";
import { el, hidden, icon, written } from "../lib/dom.js";
import { shortNumber } from "../lib/format.js";
import { counted, t } from "../lib/i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const DROP = "M20 1C9.8 1 1.5 9.2 1.5 19.3 1.5 31.9 16.5 43 19 44.7a1.8 1.8 0 0 0 2 0c2.5-1.7 17.5-12.8 17.5-25.4C38.5 9.2 30.2 1 20 1z";

function drop() {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 40 46");
  svg.setAttribute("class", "pin-drop");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", DROP);
  svg.append(path);
  return svg;
}

/** What is seen says it in signs; what is read says it in words. */
function named(element, ...name) {
  for (const child of element.children) child.setAttribute("aria-hidden", "true");
  element.append(hidden(...name));
  return element;
}

function placeName({ needs: [first, ...others] }, words) {
  const more = others.length > 0 && [" ", counted("và {n} nhu cầu khác", others.length)];
  const level = t("mức {level}/4", { level: first.urgency });
  return [
    written(`${first.place_title}, ${first.commune}: ${first.title}`),
    ...(more || []), `. ${words.urgency(first.urgency)}, ${level}`,
    ...(first.point_estimated ? [". ", t("vị trí ước lượng")] : []),
  ];
}

const APART = 34; // pixels between pins that stand on the same spot
const TURN = Math.PI * (3 - Math.sqrt(5)); // the angle that leaves no two in one direction

/** How far [right, down] in pixels the pin is drawn from its spot, on which `above` others stand. */
function besides(above) {
  const far = APART * Math.sqrt(above);
  return [Math.round(far * Math.cos(above * TURN)), Math.round(far * Math.sin(above * TURN))];
}

export function placePin(mark, words) {
  const [first, ...others] = mark.needs;
  const [right, down] = besides(mark.above);
  const pin = el(`span.pin.urgency-${first.urgency}${first.point_estimated ? ".pin-estimated" : ""}`, {},
    drop(),
    icon(words.category(first.category).icon, 22),
    el("span.urgency-digit", {}, String(first.urgency)),
    others.length ? el("span.pin-more", {}, `+${others.length}`) : null);
  return L.divIcon({
    className: "pin-anchor",
    html: named(pin, ...placeName(mark, words)),
    iconSize: [44, 50],
    iconAnchor: [22 - right, 48 - down],
    popupAnchor: [right, down - 42],
  });
}

const CLUSTER_SIZES = [[10, 44], [100, 50], [1000, 58], [Infinity, 66]];

export function clusterPin({ count, max_urgency: urgency }, words) {
  const size = CLUSTER_SIZES.find(([below]) => count < below)[1];
  const disc = el(`span.cluster.cluster-${size}.urgency-${urgency}`, {},
    el("span.cluster-count", {}, shortNumber(count)),
    el("span.urgency-digit", {}, String(urgency)));
  const name = counted("{n} nhu cầu gần nhau, cao nhất: {urgency}. Phóng to", count, { urgency: words.urgency(urgency) });
  return L.divIcon({ className: "cluster-anchor", html: named(disc, name), iconSize: [size, size] });
}

const NAMED_TEAMS = 3;

export function teamPin(teams) {
  const mark = el("span.team-pin", {},
    icon("users-group", 20),
    teams.length > 1 ? el("span.pin-more", {}, String(teams.length)) : null);
  const names = teams.slice(0, NAMED_TEAMS).map((team) => team.name).join(", ");
  const name = [counted("{n} đội tình nguyện", teams.length), ", ", written(`${teams[0].commune}: ${names}`)];
  return L.divIcon({ className: "team-anchor", html: named(mark, ...name), iconSize: [44, 44], popupAnchor: [0, -16] });
}
