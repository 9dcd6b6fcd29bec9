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

/** A request that ends by itself: by the caller's signal or after TIMEOUT_MS. */
export async function getJson(url, { signal } = {}) {
  const control = new AbortController();
  const stop = () => control.abort(signal?.reason);
  const timer = setTimeout(() => control.abort(new DOMException("timeout", "TimeoutError")), TIMEOUT_MS);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const response = await fetch(url, {
      headers: { Accept: "application/geo+json, application/json" },
      signal: control.signal,
    });
    if (response.ok) return await response.json();
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
