// Likely doubles while somebody types. Places are asked for by name and point; persons only when a
// field of theirs is left or the button is pressed, for each search is recorded.
import { el } from "../lib/dom.js";
import { number as inVietnamese } from "../lib/format.js";
import { getJson, sendTexts } from "../lib/http.js";
import { settled } from "./delay.js";
import { number } from "../forms/picker.js";

const WAIT_MS = 700;
const SHORTEST = 3; // letters of a title

function show(holder, doubles, none = "") {
  holder.hidden = doubles.length === 0 && !none;
  const items = doubles.map(({ code, words, commune, metres }) =>
    el("li", {},
      el("a", { href: `/manage/addresses/${code}`, target: "_blank", rel: "noopener" }, words),
      `, ${commune}${metres === null ? "" : `, cách ${inVietnamese(metres)} m`} (mã ${code}, mở ở cửa sổ khác)`));
  holder.replaceChildren(doubles.length
    ? el("div.notice.notice-warm.doubles-list", { role: "status" }, el("div", {}, el("strong", {}, "Có thể đã đăng ký rồi:"), el("ul", {}, ...items)))
    : el("p.hint", { role: "status" }, none));
}

function watchPlaces(form, { address }) {
  const holder = form.querySelector("[data-place-doubles]");
  const value = (name) => form.elements.namedItem(name).value.trim();
  const look = settled(async () => {
    if (value("title").length < SHORTEST) return show(holder, []);
    const asked = { title: value("title"), own: address };
    const [lat, lng] = [number(value("lat")), number(value("lng"))];
    if (!Number.isNaN(lat) && !Number.isNaN(lng)) Object.assign(asked, { lat, lng });
    const { doubles } = await getJson(`/manage/similar-places.json?${new URLSearchParams(asked)}`).catch(() => ({ doubles: [] }));
    return show(holder, doubles);
  }, WAIT_MS);
  for (const name of ["title", "lat", "lng"]) form.elements.namedItem(name).addEventListener("input", look);
}

function watchPersons(form, token) {
  const holder = form.querySelector("[data-person-doubles]");
  const button = form.querySelector("[data-find-person]");
  const names = ["name", "phone", "birth_year", "commune", "reason"].filter((name) => form.elements.namedItem(name));
  let last = "";
  async function look(event) {
    const asked = new URLSearchParams(names.map((name) => [name, form.elements.namedItem(name).value.trim()]));
    const pressed = event.type === "click";
    const empty = !asked.get("name") && !asked.get("phone");
    const unreasoned = asked.get("reason") === ""; // the province has to say why, first
    if (empty || (!pressed && (unreasoned || asked.toString() === last))) return;
    last = asked.toString();
    asked.set("csrf_token", token);
    try {
      const { doubles } = await sendTexts("/manage/similar-persons", asked);
      show(holder, doubles, pressed ? "Không thấy hồ sơ trùng trong địa bàn của bạn." : "");
    } catch (problem) {
      if (pressed) show(holder, [], Object.values(problem.errors ?? {})[0]?.[0] ?? "Chưa tìm được, hãy thử lại.");
    }
  }
  button.hidden = false;
  button.addEventListener("click", look);
  for (const name of ["name", "phone"]) form.elements.namedItem(name).addEventListener("change", look);
}

export function findDoubles(form, token, settings) {
  if (settings.nature === "place") watchPlaces(form, settings);
  else watchPersons(form, token);
}
