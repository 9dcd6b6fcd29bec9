import assert from "node:assert/strict";
import { test } from "node:test";

/** The modules as a page loads them that speaks `lang` with these messages, at this address. */
async function page(lang, messages, search = "") {
  globalThis.document = { documentElement: { lang, dataset: messages ? { messages: JSON.stringify(messages) } : {} } };
  globalThis.location = { search };
  const spoken = await import(`../../static/js/lib/i18n.js?${lang}${search}`);
  delete globalThis.document;
  return spoken;
}

test("a Vietnamese page says what stands in the script", async () => {
  const { counted, t, to, vietnamese } = await page("vi");
  assert.equal(t("Tìm thấy {what}", { what: "trường" }), "Tìm thấy trường");
  assert.equal(counted("{n} nhu cầu", 1234), "1.234 nhu cầu");
  assert.equal(vietnamese, undefined);
  assert.equal(to("/places/A"), "/places/A");
});

test("an English page says what the catalogue has, in the right number", async () => {
  const { counted, t, to, vietnamese } = await page("en", {
    "{n} nhu cầu ở {where}": ["{n} need in {where}", "{n} needs in {where}"],
    "Đóng": "Close",
  }, "?lang=en&q=a");
  assert.equal(t("Đóng"), "Close");
  assert.equal(counted("{n} nhu cầu ở {where}", 1, { where: "Xã A" }), "1 need in Xã A");
  assert.equal(counted("{n} nhu cầu ở {where}", 1234, { where: "Xã A" }), "1,234 needs in Xã A");
  assert.equal(vietnamese, "vi");
  assert.equal(to("/places/A?x=1"), "/places/A?x=1&lang=en");
});

test("what a person wrote is never taken for a place to fill", async () => {
  const { t } = await page("vi");
  assert.equal(t("{file}: {reason}", { file: "{reason}", reason: "to" }), "{reason}: to");
});
