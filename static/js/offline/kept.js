// Lists the places and communes whose pages are on this device, the latest first: what can be opened
// without a signal. The service worker keeps them (worker.js).
import { el } from "../lib/dom.js";
import { moment } from "../lib/format.js";
import { t, vietnamese } from "../lib/i18n.js";

const LISTED = /^\/(?:places|units)\/[^/]+$/;

const languageOf = ({ searchParams }) => searchParams.get("lang");

async function read(cache, request) {
  const url = new URL(request.url);
  const answer = await cache.match(request, { ignoreVary: true });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const title = page.querySelector("h1")?.textContent.trim();
  return { href: url.pathname + url.search, title, at: new Date(answer.headers.get("Date") ?? Date.now()) };
}

/** The kept pages in the language of this one: [{href, title, at}]. */
async function pages() {
  const here = languageOf(new URL(location.href));
  const found = [];
  for (const name of (await caches.keys()).filter((one) => one.startsWith("pages-"))) {
    const cache = await caches.open(name);
    const listed = (await cache.keys()).filter(({ url }) => {
      const address = new URL(url);
      return LISTED.test(address.pathname) && languageOf(address) === here;
    });
    found.push(...await Promise.all(listed.map((request) => read(cache, request))));
  }
  return found.sort((a, b) => b.at - a.at);
}

export async function start(card) {
  if (!globalThis.caches) return; // not over plain http
  const found = await pages();
  card.hidden = found.length === 0;
  card.querySelector("ul").replaceChildren(...found.map(({ href, title, at }) => el("li", {},
    el("a", { href, lang: vietnamese }, title), el("span.soft", {}, t("lúc {time}", { time: moment(at) })))));
}
