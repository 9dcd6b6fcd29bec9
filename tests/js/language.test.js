import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../../static/js/language.js";

/** Where the switch leads after the page's address became this. */
function led(search, { keeps, named = true } = {}) {
  const link = new EventTarget();
  Object.assign(link, {
    href: `https://map.example/${named ? "?lang=en" : ""}`,
    hreflang: named ? "en" : "vi",
    dataset: { keeps },
  });
  globalThis.location = { search, pathname: "/", hash: "#needs" };
  start(link);
  link.dispatchEvent(new Event("click"));
  return link.href;
}

test("the switch keeps what the page reads and leaves out what a link carried along", () => {
  const asked = "?urgency=4&utm_source=zalo&lang=vi&unit=213@2022";
  assert.equal(led(asked, { keeps: "urgency unit" }), "/?urgency=4&unit=213@2022&lang=en#needs");
  assert.equal(led(asked, { keeps: "urgency unit", named: false }), "/?urgency=4&unit=213@2022#needs");
  assert.equal(led(asked, { keeps: "" }), "/?lang=en#needs");
});

test("a page that refuses what it does not know keeps all", () => {
  assert.equal(led("?f=html&category=health", { keeps: "*" }), "/?f=html&category=health&lang=en#needs");
});
