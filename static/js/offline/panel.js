// Shows the letters that wait on this device, and sends them: when a page opens, when the connection
// is back, every half minute. The office's pages give the owner, key and token of who is signed in.
import { el } from "../lib/dom.js";
import { moment } from "../lib/format.js";
import { counted, t, to } from "../lib/i18n.js";
import { CHANGED, createOutbox } from "./outbox.js";

const AGAIN_MS = 30_000;

/** A button that acts at its second press. */
function twice(words, sure, act) {
  const button = el("button.button.button-plain", { type: "button" }, words);
  const ask = () => {
    button.textContent = sure;
    button.addEventListener("click", act, { once: true });
  };
  button.addEventListener("click", ask, { once: true });
  return button;
}

function sentRow({ id, sent }, outbox) {
  return el("li", {}, el("p", {}, t("Đã gửi. Mã biên nhận:"), " ", el("a", { href: to(sent.url) }, sent.receipt)),
    el("button.button", { type: "button", onclick: () => outbox.drop(id) }, t("Tôi đã ghi lại mã")));
}

const WRITTEN = ["title", "words", "text", "note", "results"]; // what somebody wrote, by its field's name

/** The letter as its form would send it; the page that answers says at each field what to mend. */
function formOf({ action, type }, texts, token) {
  const [enctype] = type.split(";");
  const field = ([name, value]) => {
    if (!(value instanceof File)) return el("input", { type: "hidden", name, value });
    const files = new DataTransfer();
    files.items.add(value);
    return Object.assign(el("input", { type: "file", name }), { files: files.files });
  };
  const whole = [...texts].filter(([, value]) => !(value instanceof File) || value.size > 0);
  if (token) whole.push(["csrf_token", token]);
  return el("form", { method: "post", action, enctype, hidden: true }, whole.map(field));
}

function refusedRow(letter, outbox, token) {
  const said = el("p.report-text");
  const texts = outbox.read(letter);
  texts.then((all) => { said.textContent = WRITTEN.map((name) => all.get(name)).filter(Boolean).join(" · "); }, () => {});

  /** Sent as it is first: what was refused then may be right by now. */
  async function mend() {
    await outbox.retry(letter);
    if ((await outbox.send()).get(letter.id) !== "refused") return;
    const form = formOf(letter, await texts, token);
    document.body.append(form);
    form.submit();
  }

  return el("li", {},
    el("p.error", {}, t("Máy chủ không nhận: {reason}", { reason: letter.refused })), said,
    letter.mendable
      ? el("button.button", { type: "button", onclick: mend }, t("Xem lại và sửa"))
      : el("button.button", { type: "button", onclick: () => outbox.retry(letter).then(outbox.send) }, t("Gửi lại")),
    twice(t("Bỏ"), t("Bấm lần nữa để bỏ"), () => outbox.drop(letter.id)));
}

function waitingRow({ id, at }, outbox) {
  return el("li", {}, el("span", {}, t("Viết lúc {time}", { time: moment(new Date(at)) }), " "),
    twice(t("Bỏ"), t("Bấm lần nữa để bỏ"), () => outbox.drop(id)));
}

function rowOf(letter, outbox, token) {
  if (letter.sent) return sentRow(letter, outbox);
  return letter.refused ? refusedRow(letter, outbox, token) : waitingRow(letter, outbox);
}

/** What is said above the letters that wait. */
function heading(count, paused, send) {
  if (!count) return [];
  const state = paused ? t("Đăng nhập lại để gửi.") : t("Sẽ tự gửi khi có mạng.");
  const next = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
  return [
    el("p", {}, el("strong", {}, counted("{n} mục đang chờ trên máy này.", count)), " ", state),
    el("p.buttons", {}, paused
      ? el("a.button.button-main", { href: next }, t("Đăng nhập lại"))
      : el("button.button", { type: "button", onclick: send }, t("Gửi ngay"))),
  ];
}

/** The panel of a public page; made, and its letters sent, at the first call. */
export async function openPanel() {
  const there = document.querySelector(".outbox");
  if (there) return there;
  const root = el("section.outbox.card", { hidden: true, tabindex: "-1", "aria-label": t("Chờ gửi") });
  const main = document.querySelector("main");
  if (main.matches(".map-page")) main.before(root); // inside, a phone's sheet would hide it
  else main.prepend(root);
  await start(root);
  return root;
}

/** Whether a refused letter's form is on this page, to be mended. */
const inHand = ({ id, refused }) =>
  refused && document.querySelector(`form:not([hidden]) input[type=hidden][value="${CSS.escape(id)}"]`) !== null;

export async function start(root) {
  const { owner, key, token } = root.dataset;
  const outbox = createOutbox({ owner, key, token });
  let paused = false;

  async function show() {
    const letters = (await outbox.letters()).filter((letter) => !inHand(letter));
    const waiting = letters.filter(({ sent, refused }) => !sent && !refused);
    root.hidden = letters.length === 0;
    root.replaceChildren(...heading(waiting.length, paused, send),
      el("ul.plain-list", {}, letters.map((letter) => rowOf(letter, outbox, token))));
    dispatchEvent(new Event("resize")); // a map beneath has other room now
  }

  async function send() {
    const became = [...(await outbox.send()).values()];
    paused = became.includes("sign-in");
    await show();
    if (!owner || !became.includes("sent")) return;
    root.append(el("p", { role: "status" }, t("Đã gửi xong.")));
    root.hidden = false;
  }

  const quietly = () => send().catch(() => {}); // a browser that keeps nothing has nothing to send
  document.addEventListener(CHANGED, show);
  addEventListener("online", quietly);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && quietly());
  setInterval(() => !paused && !root.hidden && navigator.onLine && quietly(), AGAIN_MS);
  await show().catch(() => {});
  quietly();
}
