// Whether this page is the map inside a page of another site (/embed). Such a frame keeps nothing on
// the device, has no history of its own, and what it leads to opens outside of it.

/** How the frame looks, as a query string that its address keeps; null on all other pages. */
export const look = globalThis.document?.querySelector("[data-look]")?.dataset.look ?? null;

/** Goes to a page of ours. */
export function go(address) {
  if (look === null) location.assign(address);
  else open(address, "_blank", "noopener");
}

/** Waits until the element has a size: inside a frame that is folded away it has none. */
export async function unfolded(element) {
  const seen = () => element.clientWidth > 0 && element.clientHeight > 0;
  if (seen()) return;
  await new Promise((resolve) => {
    new ResizeObserver((_changes, observer) => {
      if (!seen()) return;
      observer.disconnect();
      resolve();
    }).observe(element);
  });
}
