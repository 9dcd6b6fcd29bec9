// The service worker: answers for the network where there is none. It runs beside the pages, as one
// classic script. VERSION, SHELL (static files), OFFLINE (pages by language) and LIBRARY (idb) stand
// before it.
//
// What it does not name below goes by as if it were not there: the office, forms, the API, embeds.
const SHELL_CACHE = `shell-${VERSION}`;
const PAGES_CACHE = `pages-${VERSION}`; // a page names the shell's files, so it goes when they go
const LAYER_CACHE = "layer-"; // + the layer's name
const PAGE = /^\/(?:(?:places|units|about|help|help\/unit)\/[^/]+|search|stats|suggest)?$/;
const FORM = /^\/(?:help\/|suggest$)/; // kept blank, for who fills it in without a signal
const LAYER = /^\/layers\/(\w+)\.geojson$/;
const OF_THE_VIEW = ["lat", "lng", "zoom", "place", "teams", "people"]; // what the map's page does not depend on
const MOST = 40; // answers of each layer
const MOST_PAGES = 80;
const PATIENCE_MS = 6_000;
const LOOK_AGAIN_MS = 5 * 60_000;
const OLDEST_MS = 7 * 24 * 3_600_000; // withdrawals are told for as long
const ANY = { ignoreVary: true }; // encodings are undone before anything is kept

importScripts(LIBRARY);

let lookedAt = 0; // when withdrawals were asked for; forgotten with each lost connection

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => event.waitUntil(keepAll(event.data.keep ?? [])));
self.addEventListener("sync", (event) => event.waitUntil(navigator.locks.request("outbox ", sendLetters)));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.cache === "no-store") return; // it tells where somebody is: nobody keeps it
  if (isOfFrame(event.request)) return;
  if (SHELL.includes(url.pathname) || event.request.destination === "font") event.respondWith(fromShell(event.request));
  else if (Object.values(OFFLINE).includes(url.pathname + url.search)) event.respondWith(fromShell(event.request));
  else if (placeOf(url)) event.respondWith(networkFirst(event, url));
});

/** What the map asks for inside a page of another site, or in the builder's: a frame keeps nothing. */
const isOfFrame = ({ referrer }) => referrer !== "" && new URL(referrer).pathname === "/embed";

async function install() {
  const shell = await caches.open(SHELL_CACHE);
  await shell.addAll([...SHELL, ...Object.values(OFFLINE).map((page) => new Request(page, { credentials: "omit" }))]);
  await keepAll(["/", ...(await oldPages())]);
  await self.skipWaiting();
}

async function activate() {
  const current = (name) => [SHELL_CACHE, PAGES_CACHE].includes(name) || name.startsWith(LAYER_CACHE);
  await Promise.all((await caches.keys()).filter((name) => !current(name)).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Pages that an earlier version kept: they are asked for again, drawn with the files of this one. */
async function oldPages() {
  const names = (await caches.keys()).filter((name) => name.startsWith("pages-") && name !== PAGES_CACHE);
  const kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return kept.flat().map(({ url }) => url);
}

async function fromShell(request) {
  const kept = await caches.match(request, { cacheName: SHELL_CACHE, ...ANY });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && request.destination === "font") await put(SHELL_CACHE, request.url, response.clone(), Infinity);
  return response;
}

/** Where an address is kept: {cache, key}, key "" for what is not kept; nothing for what is none of ours. */
function placeOf(url) {
  const layer = LAYER.exec(url.pathname)?.[1];
  if (layer) return { cache: LAYER_CACHE + layer, key: url.pathname + url.search, layer };
  if (!PAGE.test(url.pathname)) return undefined;
  const keyOf = url.pathname === "/" ? mapKey : FORM.test(url.pathname) ? formKey : pageKey;
  return { cache: PAGES_CACHE, key: keyOf(url) };
}

/** The map's page is kept once a language, and only as it is without filters. */
function mapKey(url) {
  const rest = [...url.searchParams.keys()].filter((name) => !OF_THE_VIEW.includes(name) && name !== "lang");
  return rest.length ? "" : mapIn(url);
}

const mapIn = (url) => (url.searchParams.has("lang") ? `/?lang=${url.searchParams.get("lang")}` : "/");

/** Where somebody is stays out of what is kept. */
function pageKey({ pathname, search, searchParams }) {
  return searchParams.has("lat") || searchParams.has("lng") ? "" : pathname + search;
}

/** A form is kept without what its address chooses in it: its script does that (forms/send.js). */
function formKey({ pathname, searchParams }) {
  const rest = [...searchParams].filter(([name]) => ["about", "lang"].includes(name));
  return rest.length ? `${pathname}?${new URLSearchParams(rest)}` : pathname;
}

/** The form that a kept page leads to, as it is kept; "" when none. */
function formOf({ pathname, searchParams }) {
  const [, kind, code] = /^\/(places|units)\/([^/]+)$/.exec(pathname) ?? [];
  const asked = new URLSearchParams();
  if (pathname === "/suggest" && !searchParams.has("about")) asked.set("about", "people");
  else if (pathname !== "/" && !code) return "";
  if (searchParams.has("lang")) asked.set("lang", searchParams.get("lang"));
  const form = { places: `/help/${code}`, units: `/help/unit/${code}` }[kind] ?? "/suggest";
  return [form, String(asked)].filter(Boolean).join("?");
}

async function networkFirst(event, url) {
  const network = fetch(event.request);
  event.waitUntil(network.then((response) => take(url, response.clone()), () => { lookedAt = 0; }));
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); });
  const soon = await Promise.race([network.catch(() => undefined), late]);
  if (soon && soon.status < 500) return soon;
  const kept = await find(url);
  if (kept) return kept;
  try {
    return soon ?? await network;
  } catch (error) {
    if (event.request.mode !== "navigate") throw error;
    const page = OFFLINE[url.searchParams.get("lang")] ?? Object.values(OFFLINE).find((address) => !address.includes("?"));
    return (await caches.match(page, { cacheName: SHELL_CACHE, ...ANY })) ?? Response.error();
  }
}

/** Keeps what anybody may see; forgets what is no more. */
async function take(url, response) {
  const { cache, key, layer } = placeOf(url);
  const hidden = !FORM.test(url.pathname) && /no-store|private/.test(response.headers.get("Cache-Control") ?? "");
  if (key && response.ok && !response.redirected && !hidden) {
    await put(cache, key, response, layer ? MOST : MOST_PAGES);
    await keepForm(formOf(url));
  } else if (key && [404, 410].includes(response.status)) await (await caches.open(cache)).delete(key, ANY);
  if (response.ok) await lookAfter();
}

async function keepForm(address) {
  if (address && !(await caches.match(address, { cacheName: PAGES_CACHE, ...ANY }))) await keepAll([address]);
}

async function keepAll(addresses) {
  for (const address of addresses) {
    const url = new URL(address, self.location.origin);
    if (url.origin !== self.location.origin || !placeOf(url)?.key) continue;
    await fetch(url, { credentials: "omit" }).then((response) => take(url, response)).catch(() => {});
  }
}

/** A full device keeps no more, and nobody is the worse for it. */
async function put(name, key, response, most) {
  try {
    const cache = await caches.open(name);
    await cache.put(key, response);
    await Promise.all((await cache.keys()).slice(0, -most).map((old) => cache.delete(old, ANY)));
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
  }
}

async function find(url) {
  const { cache: name, key, layer } = placeOf(url);
  const cache = await caches.open(name);
  const wanted = layer || url.pathname !== "/" ? key : mapIn(url);
  const exact = wanted && (await cache.match(wanted, ANY));
  if (exact) return layer ? told(exact) : dated(exact);
  if (!layer) return undefined;
  const others = (await cache.keys()).filter((request) => question(new URL(request.url)) === question(url));
  const other = others.findLast((request) => covers(new URL(request.url), url)) ?? others.at(-1);
  return other && told(await cache.match(other, ANY), "elsewhere");
}

/** What is asked of a layer, whatever the view. */
function question(url) {
  const asked = new URLSearchParams(url.search);
  for (const name of ["bbox", "zoom"]) asked.delete(name);
  asked.sort();
  return `${url.pathname}?${asked}`;
}

/** Whether what was kept for one view shows the middle of another. */
function covers(kept, wanted) {
  const [box, other] = [kept, wanted].map((url) => (url.searchParams.get("bbox") ?? "").split(",").map(Number));
  const [lng, lat] = [(other[0] + other[2]) / 2, (other[1] + other[3]) / 2];
  return box[0] <= lng && lng <= box[2] && box[1] <= lat && lat <= box[3];
}

/** When the server said it, by the server's clock; a proxy may say so twice. */
const timeOf = ({ headers }) => new Date(/[^,]+, [^,]+/.exec(headers.get("Date"))?.[0] ?? Date.now());

/** A kept answer says of itself from when it is, and whether it is of another view. */
function told(response, view = "here") {
  const headers = new Headers(response.headers);
  headers.set("X-Kept-At", timeOf(response).toISOString());
  headers.set("X-Kept-View", view);
  return new Response(response.body, { status: response.status, headers });
}

/** The same of a page: on its root element, where its scripts find it. */
async function dated(response) {
  const at = timeOf(response).toISOString();
  const text = (await response.text()).replace("<html ", `<html data-kept-at="${at}" `);
  return new Response(text, { status: response.status, headers: response.headers });
}

/** With a connection again: what was withdrawn meanwhile, or is too old to know, goes. */
async function lookAfter() {
  if (Date.now() - lookedAt < LOOK_AGAIN_MS) return;
  lookedAt = Date.now();
  try {
    const response = await fetch("/layers/withdrawn.json", { cache: "no-cache", credentials: "omit" });
    const { codes } = await response.json();
    const now = timeOf(response);
    const names = (await caches.keys()).filter((name) => name === PAGES_CACHE || name.startsWith(LAYER_CACHE));
    await keepAll((await Promise.all(names.map((name) => clean(name, new Set(codes), now)))).flat());
  } catch {
    lookedAt = 0;
  }
}

/** Drops what names a withdrawn code or is too old; the pages among it, to be asked for again. */
async function clean(name, codes, now) {
  const cache = await caches.open(name);
  const gone = [];
  for (const request of await cache.keys()) {
    const kept = await cache.match(request, ANY);
    const old = now - timeOf(kept) > OLDEST_MS;
    const named = ((await kept.text()).match(/\b[0-9A-Z]{8}\b/g) ?? []).some((code) => codes.has(code));
    if (!old && !named) continue;
    await cache.delete(request, ANY);
    gone.push(request.url);
  }
  return name === PAGES_CACHE ? gone : [];
}

/** The signal is back while no page is open: letters of the outbox that need no account go. What the
 * server refuses stays for a page to show (offline/outbox.js); what fails, fails here: tried again. */
async function sendLetters() {
  const db = await self.idb.openDB("outbox", 1);
  try {
    for (const { id, owner, action, type, body, at, sent, refused } of await db.getAll("letters")) {
      if (owner || sent || refused) continue;
      const headers = { "Content-Type": type, Accept: "application/json" };
      const response = await fetch(action, { method: "POST", headers, body });
      if (response.status >= 500) throw new Error(`answered ${response.status}`);
      if (!response.ok) continue;
      const { url, receipt } = await response.json();
      await db.put("letters", { id, owner, at, sent: { url, receipt } });
    }
  } finally {
    db.close();
  }
}
