import assert from "node:assert/strict";
import { test } from "node:test";
import { about, asked, iconOf, MOST_LETTERS, pieces } from "../../static/js/search/hits.js";

const words = { category: (code) => ({ name: `Loại ${code}`, icon: `icon-${code}` }) };

test("blanks at the ends are not asked for, and are not too much", () => {
  assert.deepEqual(asked("  trường  "), { q: "trường", cut: false });
  assert.deepEqual(asked("   "), { q: "", cut: false });
});

test("ten thousand letters are cut, and it is known", () => {
  const { q, cut } = asked("ă".repeat(10_000));
  assert.equal(q, "ă".repeat(MOST_LETTERS));
  assert.equal(cut, true);
  assert.equal(asked("x".repeat(MOST_LETTERS)).cut, false);
});

test("a letter of two code units is never cut in half", () => {
  assert.equal(asked("😀".repeat(101)).q, "😀".repeat(100));
});

test("a title falls into pieces, marked where it was found", () => {
  assert.deepEqual(pieces("Trường Đồng Bài", [[0, 6], [12, 15]]), [
    ["Trường", true], [" Đồng ", false], ["Bài", true],
  ]);
  assert.deepEqual(pieces("Xã", []), [["Xã", false]]);
  assert.deepEqual(pieces("😀 Bài", [[2, 5]]), [["😀 ", false], ["Bài", true]]);
});

test("a former unit says until when it was and what it is now", () => {
  const unit = { type: "unit", kind: "commune", district: "Huyện A", valid_to: "2025-07-01", now: "Xã B" };
  assert.equal(about(unit, words), "Xã, phường · Huyện A · đơn vị cũ, trước 01/07/2025 · nay thuộc Xã B");
  assert.equal(about({ type: "unit", kind: "district" }, words), "Cấp huyện");
});

test("a need says its kind, a place that it is one, both where", () => {
  const at = { commune: "Xã A", district: "Huyện B" };
  assert.equal(about({ type: "need", kind: "health", ...at }, words), "Nhu cầu: Loại health · Xã A, Huyện B");
  assert.equal(about({ type: "place", ...at, district: undefined }, words), "Địa điểm · Xã A");
  assert.equal(iconOf({ type: "need", kind: "health" }, words), "icon-health");
  assert.equal(iconOf({ type: "unit" }, words), "map-2");
});
