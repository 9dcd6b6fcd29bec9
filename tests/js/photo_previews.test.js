import assert from "node:assert/strict";
import { test } from "node:test";

import { refusal } from "../../static/js/photos/previews.js";

test("what would be refused is said before it is sent", () => {
  assert.equal(refusal({ type: "image/jpeg", size: 1000 }), "");
  assert.match(refusal({ type: "image/gif", size: 1000 }), /JPEG/);
  assert.match(refusal({ type: "image/png", size: 12 * 1024 * 1024 + 1 }), /12 MB/);
});
