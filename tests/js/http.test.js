import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { getJson, Problem, sendTexts } from "../../static/js/lib/http.js";

const realFetch = globalThis.fetch;
afterEach(() => { globalThis.fetch = realFetch; });

const answer = (status, body) => { globalThis.fetch = async () => new Response(body, { status }); };

test("an answer is parsed", async () => {
  answer(200, '{"features": []}');
  assert.deepEqual(await getJson("/x"), { features: [] });
});

test("problem+json becomes a Problem with the server's words", async () => {
  answer(400, '{"title": "Yêu cầu chưa đúng", "detail": "Cần xem lại: bbox.", "errors": {"bbox": ["is inverted"]}}');
  await assert.rejects(getJson("/x"), (problem) =>
    problem instanceof Problem && problem.status === 400 && problem.message === "Cần xem lại: bbox."
    && problem.errors.bbox[0] === "is inverted");
});

test("a page of a broken proxy is a Problem too, not a syntax error", async () => {
  answer(502, "<html>Bad gateway</html>");
  await assert.rejects(getJson("/x"), (problem) => problem instanceof Problem && problem.status === 502);
});

test("a server out of reach has status 0", async () => {
  globalThis.fetch = async () => { throw new TypeError("fetch failed"); };
  await assert.rejects(getJson("/x"), (problem) => problem instanceof Problem && problem.status === 0);
});

test("an aborted question is not a problem of the server", async () => {
  const control = new AbortController();
  globalThis.fetch = (_url, { signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  const asked = getJson("/x", { signal: control.signal });
  control.abort();
  await assert.rejects(asked, (error) => !(error instanceof Problem));
});

test("a form is sent and its answer read", async () => {
  let asked;
  globalThis.fetch = async (url, options) => {
    asked = { url, ...options };
    return new Response('{"version": 2}', { status: 200 });
  };
  assert.deepEqual(await sendTexts("/x", new URLSearchParams({ a: "b" })), { version: 2 });
  assert.equal(asked.method, "POST");
  assert.equal(String(asked.body), "a=b");
});
