import assert from "node:assert/strict";
import { test } from "node:test";
import { createLoader } from "../../static/js/map/loader.js";

/** A load that ends when the test says so. */
function controlled() {
  const calls = [];
  const load = (signal) => new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    calls.push({ signal, resolve, reject });
  });
  return { calls, load };
}

test("a newer question drops the older one, whose answer is never shown", async () => {
  const { calls, load } = controlled();
  const heard = [];
  const loader = createLoader(load, (stage, result) => heard.push([stage, result]));
  const first = loader.now();
  const second = loader.now();
  calls[1].resolve("new");
  await Promise.all([first, second]);
  assert.equal(calls[0].signal.aborted, true);
  assert.deepEqual(heard, [["loading", undefined], ["loading", undefined], ["ready", "new"]]);
});

test("many questions in a row are asked once", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { calls, load } = controlled();
  const loader = createLoader(load, () => {}, 180);
  for (let turn = 0; turn < 10; turn += 1) {
    loader.ask();
    context.mock.timers.tick(100);
  }
  assert.equal(calls.length, 0);
  context.mock.timers.tick(100);
  assert.equal(calls.length, 1);
});

test("a failure is reported with its reason", async () => {
  const { calls, load } = controlled();
  const heard = [];
  const loader = createLoader(load, (stage, result) => heard.push([stage, result?.message]));
  const running = loader.now();
  calls[0].reject(new Error("out of reach"));
  await running;
  assert.deepEqual(heard.at(-1), ["failed", "out of reach"]);
});
