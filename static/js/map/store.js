// One state, one address bar. Every part reads the state here and changes it here.
import { look as lookOfFrame } from "../lib/frame.js";
import { readState, writeState } from "./state.js";

/**
 * `change(patch)` makes a step that "back" undoes; `change(patch, {step: false})` only keeps the
 * address bar true (moving the map is not a step). Listeners get (state, previous, cause), where
 * cause is "change" or "history". `look`: what a frame's address keeps beside the state; a frame makes
 * no steps, for "back" is of the page around it.
 */
export function createStore(target = window, look = lookOfFrame) {
  let state = readState(target.location.search);
  const listeners = [];
  const tell = (previous, cause) => listeners.forEach((listener) => listener(state, previous, cause));

  function change(patch, { step = true } = {}) {
    const previous = state;
    state = { ...state, ...patch };
    const query = writeState(state);
    if (query === writeState(previous) && state.near === previous.near) return;
    const asked = [query, look].filter(Boolean).join("&");
    const address = target.location.pathname + (asked ? `?${asked}` : "");
    target.history[step && look === null ? "pushState" : "replaceState"]({ near: state.near }, "", address);
    tell(previous, "change");
  }

  target.addEventListener("popstate", (event) => {
    const previous = state;
    state = { ...readState(target.location.search), near: event.state?.near ?? false };
    tell(previous, "history");
  });

  return { get: () => state, change, listen: (listener) => listeners.push(listener) };
}
