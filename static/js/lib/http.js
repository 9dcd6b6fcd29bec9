// The only place that calls fetch. Throws a Problem: the server's problem+json, or why there is none.
export class Problem extends Error {
  constructor({ detail, title, status = 0, errors = {} }) {
    super(detail ?? title ?? "");
    this.name = "Problem";
    this.status = status; // 0: the server was not reached
    this.errors = errors;
  }
}

const TIMEOUT_MS = 20_000;
const SEND_TIMEOUT_MS = 300_000; // eight photos over a slow line
const ACCEPTED = { Accept: "application/geo+json, application/json" };

/** Addresses that tell where somebody is: nothing on this device may keep them. */
export const untold = new Set();

/**
 * A request that ends by itself: by the caller's signal or after TIMEOUT_MS. `fresh`: the browser
 * asks whether what it keeps is still true (mostly 304), instead of trusting it for as long as a
 * shared cache may. `hidden`: neither the browser nor the service worker keeps it.
 */
export function getJson(url, { signal, fresh = false, hidden = false } = {}) {
  if (hidden) untold.add(url);
  return ask(url, hidden ? { cache: "no-store" } : fresh ? { cache: "no-cache" } : {}, signal);
}

/** Posts texts (URLSearchParams with the form's token) and gets JSON back. */
export const sendTexts = (url, body, { signal } = {}) => ask(url, { method: "POST", body }, signal);

/**
 * Posts a body that was written earlier, of that content type; `token`: of the form, for who is
 * signed in. Gets JSON back.
 */
export const sendBody = (url, { type, body, token }) => ask(
  url,
  { method: "POST", body, headers: { ...ACCEPTED, "Content-Type": type, ...(token && { "X-CSRFToken": token }) } },
  undefined,
  SEND_TIMEOUT_MS,
);

/** Posts texts as a form does and gets the page that comes of it, a refused form's too: {page, url}. */
export async function sendForPage(url, body) {
  const signal = AbortSignal.timeout(SEND_TIMEOUT_MS);
  try {
    const response = await fetch(url, { method: "POST", body, signal, headers: { Accept: "text/html" } });
    return { page: new DOMParser().parseFromString(await response.text(), "text/html"), url: response.url };
  } catch (error) {
    throw new Problem({ title: error.message });
  }
}

async function ask(url, options, signal, timeout = TIMEOUT_MS) {
  const control = new AbortController();
  const stop = () => control.abort(signal?.reason);
  const timer = setTimeout(() => control.abort(new DOMException("timeout", "TimeoutError")), timeout);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const response = await fetch(url, {
      headers: ACCEPTED,
      signal: control.signal,
      ...options,
    });
    if (response.ok) return withKept(response, await response.json());
    const problem = await response.json().catch(() => ({})); // a proxy's page is not JSON
    throw new Problem({ ...problem, status: response.status });
  } catch (error) {
    if (signal?.aborted || error instanceof Problem) throw error;
    throw new Problem({ title: error.message });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** An answer that the device gave while there was no connection says in `kept` of when it is. */
function withKept({ headers }, body) {
  const at = headers.get("X-Kept-At");
  return at ? { ...body, kept: { at: new Date(at), elsewhere: headers.get("X-Kept-View") === "elsewhere" } } : body;
}

/**
 * Posts a form with files and gets JSON back; `progress` is told the share that was sent, 0 to 1.
 * Not fetch: it cannot tell how much of a body is gone.
 */
export function sendForm(url, form, progress = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.timeout = SEND_TIMEOUT_MS;
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    const unreached = () => reject(new Problem({}));
    request.addEventListener("error", unreached);
    request.addEventListener("timeout", unreached);
    request.addEventListener("load", () => {
      const answer = request.response ?? {};
      if (request.status >= 200 && request.status < 300) resolve(answer);
      else reject(new Problem({ ...answer, status: request.status }));
    });
    request.send(form);
  });
}
