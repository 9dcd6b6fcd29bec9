import assert from "node:assert/strict";
import { test } from "node:test";
import { inSlices } from "../../static/js/lib/slices.js";

/** A clock that goes 5 ms further each time that somebody looks. */
function slowClock() {
  let now = 0;
  return () => (now += 5);
}

test("long work lets others in between, in the order of its items", async () => {
  const told = [];
  const items = Array.from({ length: 12 }, (_, at) => at);
  const end = inSlices(items, (item) => told.push(item), () => true, slowClock());
  const first = told.length;
  setTimeout(() => told.push("a finger"));
  assert.equal(await end, true);
  assert.ok(first > 0 && first < 12);
  assert.ok(told.indexOf("a finger") < told.indexOf(11));
  assert.deepEqual(told.filter((item) => item !== "a finger"), items);
});

test("what is wanted no more ends with its slice", async () => {
  const told = [];
  const items = Array.from({ length: 12 }, (_, at) => at);
  assert.equal(await inSlices(items, (item) => told.push(item), () => false, slowClock()), false);
  assert.ok(told.length > 0 && told.length < 12);
});

test("short work is done at once", () => {
  const told = [];
  inSlices([1, 2, 3], (item) => told.push(item), () => true);
  assert.deepEqual(told, [1, 2, 3]);
});
