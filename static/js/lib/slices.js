// Long work in slices: a finger that moves the map never waits for more than one of them.
const SLICE_MS = 12;

// A task of its own, so that what was done is drawn and what was touched is heard in between.
const pause = () => new Promise((resolve) => { setTimeout(resolve); });

/** `act(item)` for each of `items`, as long as `still()`; tells whether it came to the end. */
export async function inSlices(items, act, still, clock = () => performance.now()) {
  let until = clock() + SLICE_MS;
  for (const item of items) {
    if (clock() >= until) {
      await pause();
      if (!still()) return false;
      until = clock() + SLICE_MS;
    }
    act(item);
  }
  return true;
}
