import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, filterParams, hasFilters, readState, writeState } from "../../static/js/map/state.js";

const FULL = {
  category: ["education", "health"],
  urgency: [3, 4],
  unit: "220@2022",
  q: "trường học",
  place: "K7M2Q",
  lang: "en",
  teams: true,
  people: false,
  view: { lat: 21.34567, lng: 106.81234, zoom: 12.25 },
  near: false,
};

test("a state comes back from its own address", () => {
  assert.deepEqual(readState(writeState(FULL)), FULL);
  assert.deepEqual(readState(writeState(EMPTY)), { ...EMPTY });
});

test("equal states have equal addresses, however they were reached", () => {
  const other = { ...FULL, category: ["health", "education"], urgency: [4, 3] };
  assert.equal(writeState(other), writeState(FULL));
});

test("the address stays readable: commas and @ are not escaped", () => {
  const query = writeState(FULL);
  assert.match(query, /category=education,health/);
  assert.match(query, /unit=220@2022/);
  assert.match(query, /zoom=12\.25/);
});

test("an empty state has an empty address", () => assert.equal(writeState(EMPTY), ""));

test("repeated parameters of the plain form read like a comma list", () => {
  assert.deepEqual(readState("?category=health&category=education").category, ["education", "health"]);
  assert.deepEqual(readState("?urgency=4&urgency=3,4").urgency, [3, 4]);
});

test("what cannot be read is left out", () => {
  const state = readState("?urgency=9,x,4&category=%3Cb%3E,health&unit=a%20b&place=%22&teams=yes&lat=1&lng=x&zoom=3");
  assert.deepEqual(state, { ...EMPTY, urgency: [4], category: ["health"] });
});

test("a view needs all three numbers, and sound ones", () => {
  assert.equal(readState("?lat=21&lng=106").view, null);
  assert.equal(readState("?lat=91&lng=106&zoom=9").view, null);
  assert.equal(readState("?lat=NaN&lng=106&zoom=9").view, null);
  assert.equal(readState("?lat=&lng=&zoom=").view, null);
});

test("other people's parameters are ignored", () => {
  assert.deepEqual(readState("?utm_source=zalo&fbclid=1"), { ...EMPTY });
});

test("a long search text is cut, spaces around it are dropped", () => {
  assert.equal(readState(`?q=${"a".repeat(500)}`).q.length, 100);
  assert.equal(readState("?q=%20%20s%C3%A1ch%20").q, "sách");
});

test("the layers are asked only what they know", () => {
  assert.equal(filterParams(FULL).toString().includes("lat"), false);
  assert.deepEqual([...filterParams(FULL).keys()], ["category", "urgency", "unit", "q"]);
});

test("a view or an open place is not a filter", () => {
  assert.equal(hasFilters({ ...EMPTY, view: FULL.view, place: "K7M2Q" }), false);
  assert.equal(hasFilters({ ...EMPTY, q: "sách" }), true);
});
