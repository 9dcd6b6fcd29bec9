import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, normalize, dirname } from "node:path";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Every module that `entry` needs, itself too, as paths below static/js. */
function needed(entry, found = new Set()) {
  if (found.has(entry)) return found;
  found.add(entry);
  const source = readFileSync(join(ROOT, "static/js", entry), "utf8");
  for (const [, path] of source.matchAll(/from "(\.[^"]+)"/g)) {
    needed(normalize(join(dirname(entry), path)), found);
  }
  return found;
}

test("the map page preloads exactly the modules that the map needs", () => {
  const page = readFileSync(join(ROOT, "templates/layers/map.html"), "utf8");
  const preloaded = [...page.matchAll(/"((?:lib|map|search)\/[a-z0-9_]+\.js)"/g)].map(([, path]) => path);
  assert.deepEqual(preloaded, [...needed("map/start.js")].sort());
});
