import assert from "node:assert/strict";
import { test } from "node:test";

import { complaint, refusal } from "../../static/js/photos/previews.js";
import { fitted } from "../../static/js/photos/shrink.js";

test("what would be refused is said before it is sent", () => {
  assert.equal(refusal({ type: "image/jpeg", size: 1000 }), "");
  assert.match(refusal({ type: "image/gif", size: 1000 }), /JPEG/);
  assert.match(refusal({ type: "image/png", size: 12 * 1024 * 1024 + 1 }), /12 MB/);
});

test("too many files, and the first that would be refused, are named", () => {
  const good = { name: "a.jpg", type: "image/jpeg", size: 1000 };
  const large = { name: "b.png", type: "image/png", size: 13 * 1024 * 1024 };
  assert.equal(complaint([good, good], 2), "");
  assert.match(complaint([good, good, good], 2), /được 2 ảnh, bạn đã chọn 3/);
  assert.match(complaint([good, large]), /^b\.png: lớn hơn 12 MB/);
});

test("a picture is fitted with its longer side, and never enlarged", () => {
  assert.deepEqual(fitted(4000, 3000), [2000, 1500]);
  assert.deepEqual(fitted(1000, 8000), [250, 2000]);
  assert.deepEqual(fitted(10000, 2), [2000, 1]);
  assert.deepEqual(fitted(640, 480), [640, 480]);
});
