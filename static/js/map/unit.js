// The chosen unit: marked on the basemap, and the map goes there when somebody chooses it.
import { leafletBox } from "./box.js";
import { fitOptions, showProvince } from "./view.js";

export function connectUnit(map, store, basemap, { bounds, chosenUnit }) {
  // A link that says where to look is obeyed; one that only names a unit goes to the unit.
  let waiting = store.get().view ? "" : store.get().unit;

  const boundsOf = (code) => basemap.boundsOf(code)
    ?? (chosenUnit?.code === code ? leafletBox(chosenUnit.bounds) : null);

  /** Goes to the unit once its area is known. */
  function show() {
    const box = waiting && boundsOf(waiting);
    if (!box) return;
    waiting = "";
    map.fitBounds(box, fitOptions());
  }

  store.listen((state, previous, cause) => {
    if (state.unit === previous.unit) return;
    basemap.choose(state.unit);
    if (cause === "history") return;
    waiting = state.unit;
    if (state.unit) show();
    else showProvince(map, bounds);
  });
  basemap.choose(store.get().unit);
  return { show };
}
