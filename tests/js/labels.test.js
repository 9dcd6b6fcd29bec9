import assert from "node:assert/strict";
import { test } from "node:test";
import { boxAround, placeLabels } from "../../static/js/map/labels.js";

const label = (x, y) => ({ x, y, width: 60, height: 16 });

test("a name with room stays where it is", () => {
  assert.deepEqual(placeLabels([label(100, 100)], []), [0]);
});

test("a name under a marker moves aside", () => {
  const [offset] = placeLabels([label(100, 100)], [boxAround({ x: 100, y: 100 }, 30, 30)]);
  assert.notEqual(offset, 0);
  assert.ok(Math.abs(offset) >= 23);
});

test("a name without room is left out", () => {
  assert.deepEqual(placeLabels([label(100, 100)], [boxAround({ x: 100, y: 100 }, 300, 300)]), [null]);
});

test("names never cover each other", () => {
  const labels = [label(100, 100), label(110, 104), label(96, 98)];
  const boxes = placeLabels(labels, []).map((offset, index) =>
    boxAround({ x: labels[index].x, y: labels[index].y + offset }, 60, 16));
  for (const [index, a] of boxes.entries()) {
    for (const b of boxes.slice(index + 1)) {
      assert.ok(a.bottom < b.top || b.bottom < a.top || a.right < b.left || b.right < a.left);
    }
  }
});
