import assert from "node:assert/strict";
import { test } from "node:test";
import { next } from "../../static/js/office/keys.js";

test("j and k walk the list and stop at its ends", () => {
  assert.equal(next(-1, 3, "j"), 0);
  assert.equal(next(-1, 3, "k"), 0);
  assert.equal(next(0, 3, "j"), 1);
  assert.equal(next(2, 3, "j"), 2);
  assert.equal(next(1, 3, "k"), 0);
  assert.equal(next(0, 3, "k"), 0);
});
