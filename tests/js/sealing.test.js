import assert from "node:assert/strict";
import { test } from "node:test";
import { seal, unseal } from "../../static/js/offline/sealing.js";

const KEY = Buffer.alloc(32, 7).toString("base64");
const OTHER = Buffer.alloc(32, 8).toString("base64");
const BODY = new TextEncoder().encode("Đã dọn sân trường").buffer;

test("what is sealed is opened by the same key and name alone", async () => {
  const letter = await seal(KEY, "a", BODY);
  assert.deepEqual(Buffer.from(await unseal(KEY, "a", letter)), Buffer.from(BODY));
  assert.equal(Buffer.from(letter.sealed).includes("sân"), false);
  await assert.rejects(unseal(OTHER, "a", letter));
  await assert.rejects(unseal(KEY, "b", letter));
});

test("a changed byte opens nothing, and no two seals are alike", async () => {
  const [one, two] = [await seal(KEY, "a", BODY), await seal(KEY, "a", BODY)];
  assert.notDeepEqual(Buffer.from(one.sealed), Buffer.from(two.sealed));
  new Uint8Array(one.sealed)[0] ^= 1;
  await assert.rejects(unseal(KEY, "a", one));
});
