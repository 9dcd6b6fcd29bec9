// Puts the service worker beside the public pages, once the page is there and at rest; says so when
// this page comes from the device. Where browsers have no such thing, nothing is missing.
import { el } from "../lib/dom.js";
import { moment } from "../lib/format.js";
import { untold } from "../lib/http.js";
import { t } from "../lib/i18n.js";

const REST_MS = 3_000;

/** What this page was made of before the worker could see it: kept from the first visit on. */
function seen() {
  const hidden = new Set([...untold].map((url) => new URL(url, location.href).href));
  const asked = performance.getEntriesByType("resource").map(({ name }) => name);
  return [location.href, ...asked.filter((name) => name.includes("/layers/") && !hidden.has(name))];
}

async function register() {
  const first = !navigator.serviceWorker.controller;
  await navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" });
  const { active } = await navigator.serviceWorker.ready;
  if (first) active.postMessage({ keep: seen() });
}

/** The map says it of its layers, above its list. */
function sayKept(root) {
  const at = root.dataset.keptAt;
  const main = document.querySelector("main:not(.map-page)");
  if (!at || !main) return;
  main.prepend(el("p.notice.notice-warm", { role: "status", "data-offline": true },
    t("Ngoại tuyến – dữ liệu lúc {time}", { time: moment(new Date(at)) })));
}

/** Letters that were kept on this device are shown and sent from any public page. */
async function showLetters() {
  const known = await indexedDB.databases?.();
  if (known && !known.some(({ name }) => name === "outbox")) return;
  const { openPanel } = await import("./panel.js");
  await openPanel();
}

const loaded = () => new Promise((resolve) => {
  if (document.readyState === "complete") resolve();
  else addEventListener("load", resolve, { once: true });
});

export async function start() {
  sayKept(document.documentElement);
  if (window.top !== window) return;
  await loaded();
  showLetters().catch(() => {}); // a browser that keeps nothing
  if (!navigator.serviceWorker) return;
  const rest = window.requestIdleCallback ?? ((act) => setTimeout(act, REST_MS));
  rest(() => register().catch(() => {}), { timeout: REST_MS });
}
