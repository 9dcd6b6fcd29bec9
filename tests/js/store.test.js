import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { createStore } from "../../static/js/map/store.js";

let target;
let steps;

beforeEach(() => {
  steps = [];
  target = Object.assign(new EventTarget(), {
    location: { pathname: "/", search: "" },
    history: {
      pushState: (_state, _title, address) => steps.push(["push", address]),
      replaceState: (_state, _title, address) => steps.push(["replace", address]),
    },
  });
});

test("a filter is a step, moving the map is not", () => {
  const store = createStore(target);
  store.change({ urgency: [4] });
  store.change({ view: { lat: 21, lng: 106, zoom: 9 } }, { step: false });
  assert.deepEqual(steps, [["push", "/?urgency=4"], ["replace", "/?urgency=4&lat=21&lng=106&zoom=9"]]);
});

test("a change that changes nothing is silent", () => {
  const store = createStore(target);
  const heard = [];
  store.listen((...told) => heard.push(told));
  store.change({ q: "" });
  assert.deepEqual([steps, heard], [[], []]);
});

test("an empty state gives the bare path back", () => {
  target.location.search = "?urgency=4";
  const store = createStore(target);
  store.change({ urgency: [] });
  assert.deepEqual(steps, [["push", "/"]]);
});

test("back reads the address again and says it was history", () => {
  const store = createStore(target);
  const heard = [];
  store.listen((state, previous, cause) => heard.push([state.urgency, previous.urgency, cause]));
  store.change({ urgency: [4] });
  target.location.search = "";
  target.dispatchEvent(new Event("popstate"));
  assert.deepEqual(heard, [[[4], [], "change"], [[], [4], "history"]]);
});

test("going by distance is a step of the history, and no word of the address", () => {
  const store = createStore(target);
  store.change({ near: true });
  assert.deepEqual(steps, [["push", "/"]]);
  const heard = [];
  store.listen((state) => heard.push(state.near));
  target.dispatchEvent(Object.assign(new Event("popstate"), { state: { near: false } }));
  target.dispatchEvent(Object.assign(new Event("popstate"), { state: { near: true } }));
  target.dispatchEvent(Object.assign(new Event("popstate"), { state: null }));
  assert.deepEqual(heard, [false, true, false]);
});
