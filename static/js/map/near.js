// "Gần tôi": the needs nearest to a spot, which the device tells or a finger on the map. The spot
// stays in this page: the address bar, the history and the storage never hold it.
import { L } from "../lib/leaflet.js";
import { askPosition, kilometresOutside, rounded } from "../lib/position.js";
import { hideView } from "./layer.js";
import { createLoader } from "./loader.js";
import { createNearNote } from "./near_note.js";
import { loadNear } from "./needs.js";
import { fitOptions, showProvince } from "./view.js";

const FAR_KM = 20; // outside the province: nothing here is near
const IN_VIEW = 6; // of the nearest, that the map goes to
const CLOSE_ZOOM = 14;
const FILTERS = ["category", "urgency", "unit"];

/** Draws the spot, and shows it with the nearest needs. */
function createSpot(map) {
  const dot = L.circleMarker([0, 0], { radius: 9, className: "here", interactive: false });
  return {
    show([lng, lat], rows, bottom) {
      dot.setLatLng([lat, lng]).addTo(map);
      const seen = rows.slice(0, IN_VIEW).map(({ geometry: { coordinates: [x, y] } }) => [y, x]);
      map.fitBounds(L.latLngBounds([[lat, lng], ...seen]), fitOptions(CLOSE_ZOOM, bottom));
    },
    clear: () => dot.remove(),
  };
}

/** From `start` on a tap on the map gives the spot, or `takeMiddle` the map's middle. */
function createPicker(map, onSpot) {
  const element = map.getContainer();
  // Before the marks and areas hear of it, which would open their cards.
  function tapped(event) {
    if (map.dragging.moved() || event.target.closest(".leaflet-control")) return;
    event.stopPropagation();
    give(map.mouseEventToLatLng(event));
  }
  function give({ lng, lat }) {
    stop();
    onSpot(rounded([lng, lat]));
  }
  function stop() {
    element.removeEventListener("click", tapped, true);
    element.classList.remove("is-picking");
  }
  return {
    start() {
      element.addEventListener("click", tapped, true);
      element.classList.add("is-picking");
      element.focus({ preventScroll: true });
    },
    takeMiddle: () => give(map.getCenter()),
    stop,
  };
}

/**
 * `part`: the button, the note's holder, `onRows(rows)` for the nearest needs, `onLeave()` when the
 * list is the view's again, `chooseUnit()`, and `openList()`, which tells how much it covers.
 */
export function connectNear(map, store, part, { bounds, province }) {
  let spot = null;
  let asking = null; // the question to the device whose answer is still wanted
  const mark = createSpot(map);
  const picker = createPicker(map, enter);
  const loader = createLoader((signal) => loadNear(spot, store.get(), signal), report);
  const cancel = () => {
    asking = null;
    picker.stop();
    note.hide();
  };
  const leave = () => store.change({ near: false });
  const note = createNearNote(part.note, province, {
    cancel,
    leave,
    retry: () => loader.now(),
    takeMiddle: picker.takeMiddle,
    pick() {
      picker.start();
      note.picking();
    },
    chooseUnit() {
      cancel();
      part.chooseUnit();
    },
  });

  function enter(found) {
    const away = kilometresOutside(found, bounds);
    if (away > FAR_KM) {
      showProvince(map, bounds);
      return note.outside(away);
    }
    spot = found;
    hideView(true);
    return store.change({ near: true, q: "", place: "", view: null });
  }

  function report(stage, rows) {
    note[stage]();
    if (stage !== "ready") return;
    part.onRows(rows);
    mark.show(spot, rows, part.openList());
  }

  function locate() {
    cancel();
    note.locating();
    const turn = {};
    asking = turn;
    const still = (act) => (found) => asking === turn && act(found);
    askPosition(navigator).then(still(enter), still(note.refused));
  }

  function follow(state, previous) {
    part.button.setAttribute("aria-pressed", String(state.near));
    if (state.near && !spot) return store.change({ near: false }, { step: false }); // a reloaded page
    const asked = !previous.near || FILTERS.some((name) => String(state[name]) !== String(previous[name]));
    if (state.near) return asked && loader.now();
    if (!previous.near) return undefined;
    loader.stop();
    mark.clear();
    cancel();
    return part.onLeave();
  }

  // Left, the view is around the spot until somebody moves the map.
  map.on("moveend", () => hideView(store.get().near));
  part.button.addEventListener("click", () => (store.get().near ? leave() : locate()));
  part.button.hidden = false;
  store.listen(follow);
  follow(store.get(), store.get());
}
