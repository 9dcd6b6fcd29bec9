import assert from "node:assert/strict";
import { test } from "node:test";
import { boxText, leafletBox } from "../../static/js/map/box.js";

const bounds = (west, south, east, north) =>
  ({ getWest: () => west, getSouth: () => south, getEast: () => east, getNorth: () => north });

test("a box is west, south, east, north with five decimals at most", () => {
  assert.equal(boxText(bounds(105.8, 21.1234567, 107.1, 21.7)), "105.8,21.12346,107.1,21.7");
});

test("a box never leaves the earth, however far the map is dragged", () => {
  assert.equal(boxText(bounds(-400, -100, 400, 100)), "-180,-90,180,90");
});

test("Leaflet wants latitude first; the share grows every side", () => {
  assert.deepEqual(leafletBox([105, 21, 107, 22]), [[21, 105], [22, 107]]);
  assert.deepEqual(leafletBox([105, 21, 107, 22], 0.5), [[20.5, 104], [22.5, 108]]);
});
