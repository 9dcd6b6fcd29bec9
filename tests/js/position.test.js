import assert from "node:assert/strict";
import { test } from "node:test";
import { askPosition, isInApp, kilometresBetween, kilometresOutside, refusal, rounded } from "../../static/js/lib/position.js";

const BOX = [105.8, 21.1, 107.1, 21.7];
const geolocation = (answer) => ({ getCurrentPosition: (good, bad) => answer(good, bad) });
const HERE = { coords: { longitude: 106.2012345, latitude: 21.2798765 } };

test("a position leaves the device with three decimals", async () => {
  assert.deepEqual(rounded([106.20049, 21.27951]), [106.2, 21.28]);
  const found = await askPosition({ geolocation: geolocation((good) => good(HERE)), secure: true });
  assert.deepEqual(found, [106.201, 21.28]);
});

test("a refusal, and a page that may not even ask, have words", async () => {
  const asked = [
    askPosition({ geolocation: geolocation((_good, bad) => bad({ code: 1 })), secure: true }),
    askPosition({ geolocation: geolocation((good) => good(HERE)), secure: false }),
    askPosition({ geolocation: undefined, secure: true }),
  ];
  const codes = await Promise.all(asked.map((one) => one.catch(({ code }) => code)));
  assert.deepEqual(codes, [1, "insecure", "unsupported"]);
  assert.equal(new Set([...codes, 2, 3].map(refusal)).size, 5);
});

test("inside the province nothing is outside; Hà Nội is about as far as it is", () => {
  assert.equal(kilometresOutside([106.2, 21.28], BOX), 0);
  const away = kilometresOutside([105.85, 21.03], BOX);
  assert.ok(away > 7 && away < 8.5, String(away));
  assert.ok(Math.abs(kilometresBetween([105.85, 21.03], [106.7, 10.78]) - 1143) < 12);
});

test("apps with a browser of their own are known", () => {
  assert.ok(isInApp("Mozilla/5.0 (Linux; Android 13) Chrome/120 Mobile Zalo android/12080722"));
  assert.ok(isInApp("Mozilla/5.0 (iPhone) Mobile/15E148 [FBAN/FBIOS;FBAV/443.0]"));
  assert.equal(isInApp("Mozilla/5.0 (Linux; Android 13) Chrome/120 Mobile Safari/537.36"), false);
});
