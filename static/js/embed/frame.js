// What the map's page has more inside another site's page: its link to the full map shows what is
// seen here, the page around it can still be scrolled, and it is told how high the frame wants to be.
import { readState, writeState } from "../map/state.js";
import { shareGestures } from "./gestures.js";
import { tellHeight } from "./height.js";

export function start(bar) {
  followState(bar.querySelector("[data-whole]"));
  if (window.parent === window) return;
  shareGestures(document.querySelector(".map-area"));
  tellHeight(window, { asked: Number(bar.dataset.height), sites: JSON.parse(bar.dataset.sites) });
}

function followState(link) {
  const follow = () => {
    const query = writeState(readState(location.search));
    link.href = query ? `/?${query}` : "/";
  };
  for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, follow);
}
