import assert from "node:assert/strict";
import { test } from "node:test";
import { areasOf, areaText, bandText, shadeOf } from "../../static/js/map/areas.js";

const cell = (area, group, low, high) => ({
  geometry: { type: "Polygon", coordinates: [] },
  properties: { area, group, band_low: low, band_high: high, name: area, units: ["Xã A"], label: [106, 21] },
});

test("bands are said in words", () => {
  assert.equal(bandText({ low: 10, high: 19 }), "10–19 hộ");
  assert.equal(bandText({ low: 100, high: null }), "từ 100 hộ");
});

test("groups of one area are one area, and their sum is a lower end", () => {
  const areas = areasOf([cell("07210", "child", 20, 49), cell("07210", "youth", 10, 19), cell("24-A01", "all", 10, 19)]);
  assert.deepEqual([...areas.keys()], ["07210", "24-A01"]);
  assert.equal(areaText(areas.get("07210")), "ít nhất 30 hộ");
  assert.equal(areaText(areas.get("24-A01")), "10–19 hộ");
});

test("more households, a darker shade", () => {
  assert.deepEqual([10, 19, 20, 50, 130].map((atLeast) => shadeOf({ atLeast })), [10, 10, 20, 50, 100]);
});
