// Commune and point check each other: where the point lies, and whether that is what was chosen.
import { el, icon } from "../lib/dom.js";
import { sendTexts } from "../lib/http.js";
import { settled } from "./delay.js";

const WAIT_MS = 500;

export function checkPlace(form, token, picker) {
  const select = form.elements.namedItem("commune");
  const pasted = form.elements.namedItem("pasted");
  const said = form.querySelector("[data-where-said]");
  let control = new AbortController();

  async function ask(fields) {
    control.abort();
    control = new AbortController();
    const body = new URLSearchParams({ csrf_token: token, commune: select.value, ...fields });
    return sendTexts("/manage/where.json", body, { signal: control.signal });
  }

  const notice = (kind, name, ...parts) =>
    said.replaceChildren(el(`div.notice.notice-${kind}`, {}, icon(name, 22), el("div", {}, ...parts)));
  const option = (key) => [...select.options].find(({ value }) => value === key);

  function choose(key) {
    select.value = key;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function tell({ communes, inside, problem, chosen }) {
    if (!inside) return notice("bad", "alert-circle", el("p", {}, problem));
    const names = communes.map(({ label, today }) => `${label}${today ? " (hiện nay)" : ""}`).join("; ");
    const line = el("p", {}, names ? `Vị trí thuộc: ${names}.` : "Không xã nào trên bản đồ chứa vị trí này.");
    if (communes.some(({ key }) => key === select.value)) return notice("good", "circle-check", line);
    const offers = communes.filter(({ key }) => option(key))
      .map(({ key, label }) => el("button.button", { type: "button", onclick: () => choose(key) }, `Chọn ${label}`));
    if (!select.value) return notice("warm", "map-pin", line, el("div.buttons", {}, ...offers));
    if (chosen) {
      offers.push(el("button.button", { type: "button", onclick: () => picker.set(chosen) }, "Đưa vị trí về xã đã chọn"));
    }
    return notice(
      "warm", "alert-triangle",
      el("p", {}, `Vị trí không nằm trong ${option(select.value).text}. Ranh giới trên bản đồ có thể là gần đúng.`),
      line, el("div.buttons", {}, ...offers),
    );
  }

  const check = settled(async () => {
    const point = picker.read();
    if (!point) return said.replaceChildren();
    const [lat, lng] = point;
    try {
      return tell(await ask({ lat, lng }));
    } catch {
      return undefined; // the server checks again when the form is saved
    }
  }, WAIT_MS);

  for (const name of ["lat", "lng"]) form.elements.namedItem(name).addEventListener("input", check);
  select.addEventListener("change", async () => {
    if (picker.read()) return check();
    const before = picker.touches();
    const { chosen } = await ask({}).catch(() => ({}));
    if (chosen && picker.touches() === before) picker.show(chosen);
    return undefined;
  });
  const read = settled(async () => {
    if (!pasted.value.trim()) return;
    try {
      const found = await ask({ text: pasted.value });
      pasted.value = "";
      picker.set([found.lng, found.lat]);
      tell(found);
    } catch (problem) {
      if (problem.status) notice("bad", "alert-circle", el("p", {}, problem.errors?.pasted?.[0] ?? problem.message));
    }
  }, WAIT_MS);
  pasted.addEventListener("input", read);
  check();
  check.now();
}
