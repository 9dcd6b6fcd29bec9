import assert from "node:assert/strict";
import { test } from "node:test";

import { fold, matches } from "../../static/js/matching/filter.js";

const row = { text: "Dạy học hè Xã An Lạc, Huyện Sơn Động", urgency: "3", group: "220@2022" };

test("fold drops diacritics and case, composed or not", () => {
  assert.equal(fold("Sơn Động"), "son dong");
  assert.equal(fold("Sơn Động".normalize("NFD")), "son dong");
});

test("every word must occur, in any order", () => {
  assert.ok(matches(row, { text: "dong day", urgency: "", group: "" }));
  assert.ok(!matches(row, { text: "dong xay", urgency: "", group: "" }));
});

test("urgency and group must be equal where asked", () => {
  assert.ok(matches(row, { text: "", urgency: "3", group: "220@2022" }));
  assert.ok(!matches(row, { text: "", urgency: "4", group: "" }));
  assert.ok(!matches(row, { text: "", urgency: "", group: "215@2022" }));
});
