import assert from "node:assert/strict";
import { test } from "node:test";
import { hasClusters, marksOf, placeKey, placeOfKey, rowsOf } from "../../static/js/map/places.js";

const need = (code, place, urgency) => ({
  type: "Feature",
  id: code,
  geometry: { type: "Point", coordinates: [106.2, 21.3] },
  properties: { code, place, urgency, title: `Việc ${code}` },
});
const cluster = (id, count) => ({
  type: "Feature",
  id,
  geometry: { type: "Point", coordinates: [106.4, 21.4] },
  properties: { cluster: true, count, max_urgency: 3 },
});

test("needs of one place become one mark, the most urgent first", () => {
  const marks = marksOf([need("N1", "A", 2), need("N2", "A", 4), need("N3", "B", 1)]);
  assert.deepEqual([...marks.keys()], ["place:A", "place:B"]);
  assert.deepEqual(marks.get("place:A").needs.map(({ code }) => code), ["N2", "N1"]);
});

test("a cluster keeps its key while its count changes, so its marker keeps the focus", () => {
  const before = [...marksOf([cluster("812-447", 12)]).keys()];
  const after = [...marksOf([cluster("812-447", 13)]).keys()];
  assert.deepEqual(before, after);
});

test("clusters without an id are told apart by their point", () => {
  assert.equal(marksOf([cluster(undefined, 3)]).size, 1);
});

test("places on one spot are told apart, a place elsewhere stands on its own", () => {
  const elsewhere = { ...need("N4", "D", 1), geometry: { type: "Point", coordinates: [106.5, 21.3] } };
  const marks = marksOf([need("N1", "A", 2), need("N2", "B", 4), need("N3", "A", 1), elsewhere, need("N5", "C", 1)]);
  assert.deepEqual([...marks.values()].map(({ place, above }) => [place, above]), [["A", 0], ["B", 1], ["D", 0], ["C", 2]]);
});

test("the list leaves clusters out and keeps the server's order", () => {
  const features = [need("N9", "A", 4), cluster("1-1", 5), need("N1", "B", 4)];
  assert.equal(hasClusters(features), true);
  assert.equal(hasClusters([need("N9", "A", 4)]), false);
  assert.deepEqual(rowsOf(features).map(({ code }) => code), ["N9", "N1"]);
});

test("a place's key gives its code back; a cluster's gives none", () => {
  assert.equal(placeOfKey(placeKey("K7M2Q")), "K7M2Q");
  assert.equal(placeOfKey("cluster:812-447"), "");
});
