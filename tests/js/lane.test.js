import assert from "node:assert/strict";
import { test } from "node:test";
import { createLane } from "../../static/js/lib/lane.js";

/** Tasks that end when the test says so; `started` in their order. */
function tasks() {
  const started = [];
  const ends = {};
  const task = (name) => () => new Promise((resolve, reject) => {
    started.push(name);
    ends[name] = { resolve, reject };
  });
  return { started, ends, task };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("one runs at a time, in the order asked, and each gets its own result", async () => {
  const { started, ends, task } = tasks();
  const lane = createLane();
  const results = [lane(task("a")), lane(task("b"))];
  assert.deepEqual(started, ["a"]);
  ends.a.resolve(1);
  await settled();
  assert.deepEqual(started, ["a", "b"]);
  ends.b.resolve(2);
  assert.deepEqual(await Promise.all(results), [1, 2]);
});

test("what is looked at goes before what else waits", async () => {
  const { started, ends, task } = tasks();
  const lane = createLane();
  for (const [name, first] of [["a", false], ["b", false], ["c", true]]) lane(task(name), { first });
  for (const name of ["a", "c"]) {
    ends[name].resolve();
    await settled();
  }
  assert.deepEqual(started, ["a", "c", "b"]);
});

test("what was given up while it waited never runs", async () => {
  const { started, ends, task } = tasks();
  const lane = createLane();
  const control = new AbortController();
  lane(task("a"));
  const given = assert.rejects(lane(task("b"), { signal: control.signal }), { name: "AbortError" });
  lane(task("c"));
  control.abort();
  ends.a.resolve();
  await given;
  await settled();
  assert.deepEqual(started, ["a", "c"]);
});

test("a failure ends only itself", async () => {
  const { started, ends, task } = tasks();
  const lane = createLane();
  const failed = assert.rejects(lane(task("a")), /out of reach/);
  lane(task("b"));
  ends.a.reject(new Error("out of reach"));
  await failed;
  await settled();
  assert.deepEqual(started, ["a", "b"]);
});
