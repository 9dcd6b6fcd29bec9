import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, day, decimalNumber, distance, number, shortNumber } from "../../static/js/lib/format.js";

test("days are dd/MM/yyyy, whatever the device's time zone", () => {
  assert.equal(day("2026-11-05"), "05/11/2026");
  assert.equal(day("2026-11-05T23:30:00+07:00"), "05/11/2026");
});

test("no date is no text", () => {
  for (const nothing of [null, undefined, "", "soon"]) assert.equal(day(nothing), "");
});

test("numbers are written the Vietnamese way", () => {
  assert.equal(number(1234567), "1.234.567");
  assert.equal(decimalNumber(1234.56), "1.234,6");
});

test("a marker has room for three figures, and never shows more than there are", () => {
  assert.equal(shortNumber(7), "7");
  assert.equal(shortNumber(999), "999");
  assert.equal(shortNumber(1290), "1,2k");
  assert.equal(shortNumber(9999), "9,9k");
  assert.equal(shortNumber(56789), "56k");
  assert.equal(shortNumber(200000), "200k");
});

test("a distance says no more than a rounded spot lets it know", () => {
  const said = [0, 99, 100, 340, 949, 950, 4230, 9940, 9960, 38499].map(distance);
  assert.deepEqual(said, [
    "dưới 100 m", "dưới 100 m", "100 m", "300 m", "900 m", "1 km", "4,2 km", "9,9 km", "10 km", "38 km",
  ]);
});

test("the clock has two figures each", () => {
  assert.equal(clock(new Date(2026, 10, 5, 7, 4)), "07:04");
});
