import assert from "node:assert/strict";
import { test } from "node:test";
import { heightFor, tellHeight } from "../../static/js/embed/height.js";
import { createStore } from "../../static/js/map/store.js";

const SITE = "https://tinhdoan.example.vn";

/** A window in a frame: what it says to the window around it, and what it can be told. */
function framed(width = 700) {
  const said = [];
  const parent = { postMessage: (data, to) => said.push([data, to]) };
  const frame = Object.assign(new EventTarget(), { innerWidth: width, location: { origin: "https://map.example" }, parent });
  const hear = (message) => frame.dispatchEvent(Object.assign(new Event("message"), { source: parent, ...message }));
  return { frame, said, hear };
}

test("a frame is as high as suits its width, or as its address asks", () => {
  assert.equal(heightFor(390, 0), 620);
  assert.equal(heightFor(900, 0), 520);
  assert.equal(heightFor(1280, 0), 717);
  assert.equal(heightFor(4000, 0), 720);
  assert.equal(heightFor(390, 900), 900);
});

test("the height is told to the origin that said hello, and to no other", () => {
  const { frame, said, hear } = framed();
  tellHeight(frame, { asked: 0, sites: [SITE] });
  assert.deepEqual(said.splice(0), [[{ volunteerMap: "ready" }, "*"]]);
  frame.dispatchEvent(new Event("resize"));
  assert.deepEqual(said, []); // nobody asked yet
  hear({ origin: SITE, data: { volunteerMap: "hello" } });
  frame.innerWidth = 1280;
  frame.dispatchEvent(new Event("resize"));
  assert.deepEqual(said, [
    [{ volunteerMap: "height", height: 620 }, SITE],
    [{ volunteerMap: "height", height: 717 }, SITE],
  ]);
});

test("strangers are not heard: another origin, another window, another message", () => {
  const { frame, said, hear } = framed();
  tellHeight(frame, { asked: 0, sites: [SITE] });
  said.length = 0;
  hear({ origin: "https://la.example", data: { volunteerMap: "hello" } });
  hear({ origin: SITE, source: {}, data: { volunteerMap: "hello" } });
  for (const data of [null, undefined, "hello", {}, { volunteerMap: "height", height: 9 }]) hear({ origin: SITE, data });
  frame.dispatchEvent(new Event("resize"));
  assert.deepEqual(said, []);
});

test("a frame's address keeps its look, and it makes no step of history", () => {
  const steps = [];
  const target = Object.assign(new EventTarget(), {
    location: { pathname: "/embed", search: "?urgency=4&list=0" },
    history: {
      pushState: (_state, _title, address) => steps.push(["push", address]),
      replaceState: (_state, _title, address) => steps.push(["replace", address]),
    },
  });
  const store = createStore(target, "list=0");
  store.change({ urgency: [3] });
  store.change({ urgency: [] });
  assert.deepEqual(steps, [["replace", "/embed?urgency=3&list=0"], ["replace", "/embed?list=0"]]);
});
