import assert from "node:assert/strict";
import { test } from "node:test";
import { holds, tintsOf } from "../../static/js/map/land.js";

test("near areas get different tints as long as there are enough", () => {
  assert.equal(new Set(tintsOf([[0, 0], [1, 0], [0, 1], [1, 1]], 4)).size, 4);
});

test("a tint comes back where it is farthest from its like", () => {
  const tints = tintsOf([[0, 0], [1, 0], [9, 0]], 2);
  assert.deepEqual(tints, [0, 1, 0]);
});

const SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]];
const HOLE = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]];

test("a polygon holds what is inside, not what is beside or in its hole", () => {
  const polygon = { type: "Polygon", coordinates: [SQUARE, HOLE] };
  assert.equal(holds(polygon, [3, 3]), true);
  assert.equal(holds(polygon, [1.5, 1.5]), false);
  assert.equal(holds(polygon, [5, 3]), false);
});

test("one part of many is enough", () => {
  const far = SQUARE.map(([x, y]) => [x + 10, y]);
  const many = { type: "MultiPolygon", coordinates: [[SQUARE], [far]] };
  assert.equal(holds(many, [12, 2]), true);
  assert.equal(holds(many, [7, 2]), false);
});
