import assert from "node:assert/strict";
import { test } from "node:test";

import { actionOf } from "../../static/js/review/keys.js";

const press = (key, more = {}) => actionOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

test("a letter means its action", () => {
  assert.equal(press("j"), "next");
  assert.equal(press("k"), "previous");
  assert.equal(press("a"), "approve");
  assert.equal(press("r"), "return");
  assert.equal(press("x"), "tick");
  assert.equal(press("q"), null);
  assert.equal(press("Enter"), null); // the focused link opens by itself
});

test("keys rest while somebody types, composes Vietnamese, or holds a modifier", () => {
  for (const target of [{ tagName: "INPUT", type: "text" }, { tagName: "TEXTAREA" }, { tagName: "SELECT" }, { tagName: "P", isContentEditable: true }]) {
    assert.equal(press("a", { target }), null);
  }
  assert.equal(press("a", { target: { tagName: "INPUT", type: "checkbox" } }), "approve");
  assert.equal(press("a", { isComposing: true }), null);
  for (const held of ["ctrlKey", "metaKey", "altKey"]) assert.equal(press("r", { [held]: true }), null);
});
