import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecent } from "../../static/js/search/recent.js";

function memory(kept = {}) {
  return {
    kept,
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => { kept[key] = value; },
    removeItem: (key) => { delete kept[key]; },
  };
}

test("the last is first, nothing stands twice, and six are kept", () => {
  const recent = createRecent(memory());
  for (const text of ["a", "b", "c", "a", "d", "e", "f", "g"]) recent.add(text);
  assert.deepEqual(recent.list(), ["g", "f", "e", "d", "a", "c"]);
});

test("clearing leaves nothing on the device", () => {
  const storage = memory();
  const recent = createRecent(storage);
  recent.add("a");
  recent.clear();
  assert.deepEqual([recent.list(), storage.kept], [[], {}]);
});

test("what somebody else wrote there is not believed", () => {
  for (const text of ["{", "3", "{\"a\":1}", "[1,null]"]) {
    assert.deepEqual(createRecent(memory({ "recent-searches": text })).list(), []);
  }
});

test("without storage, or a full one, nothing breaks", () => {
  const full = { ...memory(), setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  for (const storage of [undefined, full]) {
    const recent = createRecent(storage);
    recent.add("a");
    recent.clear();
    assert.deepEqual(recent.list(), []);
  }
});
