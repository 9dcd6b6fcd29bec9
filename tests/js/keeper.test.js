import assert from "node:assert/strict";
import { test } from "node:test";
import { giversOf } from "../../static/js/registration/givers.js";
import { createKeeper } from "../../static/js/registration/keeper.js";

/** A server that answers when it is told to. */
function server() {
  const waiting = [];
  return {
    waiting,
    send: () => new Promise((resolve, reject) => { waiting.push({ resolve, reject }); }),
  };
}

const turn = () => new Promise((resolve) => { setImmediate(resolve); });

test("one request at a time, and one more for what was typed meanwhile", async () => {
  const { waiting, send } = server();
  const told = [];
  const keeper = createKeeper({ send, tell: (state) => told.push(state) });
  keeper.keep();
  keeper.keep();
  keeper.keep();
  assert.equal(waiting.length, 1);
  waiting[0].resolve({ version: 1 });
  await turn();
  assert.equal(waiting.length, 2);
  waiting[1].resolve({ version: 2 });
  await turn();
  assert.equal(waiting.length, 2);
  assert.deepEqual(told, ["saving", "saved", "saving", "saved"]);
});

test("a failure is tried again by itself", async () => {
  const { waiting, send } = server();
  const told = [];
  const keeper = createKeeper({ send, tell: (state) => told.push(state), retry: 1 });
  keeper.keep();
  waiting[0].reject({ status: 0 });
  await new Promise((resolve) => { setTimeout(resolve, 20); });
  assert.equal(waiting.length, 2);
  waiting[1].resolve({});
  await turn();
  assert.deepEqual(told, ["saving", "failed", "saving", "saved"]);
});

test("another window's draft is not overwritten", async () => {
  const { waiting, send } = server();
  const told = [];
  const keeper = createKeeper({ send, tell: (state) => told.push(state) });
  keeper.keep();
  waiting[0].reject({ status: 409 });
  await turn();
  keeper.keep();
  assert.equal(waiting.length, 1);
  assert.deepEqual(told, ["saving", "stopped"]);
});

test("stopping waits for what is on its way", async () => {
  const { waiting, send } = server();
  const keeper = createKeeper({ send, tell: () => {} });
  keeper.keep();
  let ended = false;
  const stopped = keeper.stop().then(() => { ended = true; });
  await turn();
  assert.equal(ended, false);
  waiting[0].resolve({});
  await stopped;
  keeper.keep();
  assert.equal(waiting.length, 1);
});

test("an age says whose consent is asked for", () => {
  assert.deepEqual(giversOf("", 2026), ["guardian"]);
  assert.deepEqual(giversOf("201", 2026), ["guardian"]);
  assert.deepEqual(giversOf("2020", 2026), ["guardian"]);
  assert.deepEqual(giversOf("2019", 2026), ["guardian", "child"]);
  assert.deepEqual(giversOf("2010", 2026), ["guardian", "child"]);
  assert.deepEqual(giversOf("2009", 2026), ["person"]);
});
