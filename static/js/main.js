// Finds data-module="map/start" and calls that module's `start(element)`. What is marked data-at-rest
// comes when all of those are through: nobody waits for it.
const parts = [...document.querySelectorAll("[data-module]")].map((element) => ({
  element, asked: import(`./${element.dataset.module}.js`), // all at once: round trips are long
}));
const begun = [];
for (const { element, asked } of parts) begun.push((await asked).start(element));
await Promise.allSettled(begun);
for (const element of document.querySelectorAll("[data-at-rest]")) {
  (await import(`./${element.dataset.atRest}.js`)).start(element);
}
