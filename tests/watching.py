"""A script that notes, from before the page's own ones, what the map costs: `window.seen`."""

# Notes when land and marks are both drawn, tasks that held the page up, and requests in flight.
WATCH = """(() => {
  const seen = window.seen = { useful: 0, tasks: [], now: 0, most: 0, layers: 0 };
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((e) => e.duration)))
    .observe({ type: "longtask", buffered: true });
  new MutationObserver((_changes, observer) => {
    const land = document.querySelector(".unit-district");
    if (!land || !document.querySelector(".cluster, .pin")) return;
    seen.useful = performance.now();
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
  const ask = window.fetch;
  window.fetch = async (...asked) => {
    const layer = String(asked[0]).includes("/layers/");
    if (layer) { seen.layers += 1; seen.now += 1; seen.most = Math.max(seen.most, seen.now); }
    try { return await ask(...asked); } finally { if (layer) seen.now -= 1; }
  };
})()"""
