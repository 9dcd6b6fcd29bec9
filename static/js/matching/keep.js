// The public pages of the places that a leader goes to stay on the device, and nothing else of the
// assignment: what anybody may read is all that may be read there without a signal.
export async function start(root) {
  const registration = await navigator.serviceWorker?.getRegistration();
  const keep = [...root.querySelectorAll('a[href^="/places/"]')].map(({ pathname }) => pathname);
  if (keep.length) registration?.active?.postMessage({ keep });
}
