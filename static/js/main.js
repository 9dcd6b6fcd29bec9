// Finds data-module="map/start" and calls that module's `start(element)`.
for (const element of document.querySelectorAll("[data-module]")) {
  const { start } = await import(`./${element.dataset.module}.js`);
  start(element);
}
