import assert from "node:assert/strict";
import { test } from "node:test";
import { piecesOf, voiceState } from "../../static/js/places/narration.js";

test("a story is read in pieces of whole sentences, none too long to be read to its end", () => {
  const sentence = `${"Chùa dựng từ thời Trần ".repeat(4).trim()}.`;
  const pieces = piecesOf(`${sentence} ${sentence} ${sentence}\n${sentence}`);
  assert.deepEqual(pieces, [`${sentence} ${sentence}`, `${sentence} ${sentence}`]);
  assert.deepEqual(piecesOf("Một câu không dấu chấm"), ["Một câu không dấu chấm"]);
  assert.deepEqual(piecesOf(" \n "), []);
});

test("without a Vietnamese voice nothing is offered; while none is told of, it may be", () => {
  assert.equal(voiceState([]), "unknown");
  assert.equal(voiceState([{ lang: "en-US" }]), "none");
  assert.equal(voiceState([{ lang: "en-US" }, { lang: "vi_VN" }]), "some");
  assert.equal(voiceState([{ lang: "vi-VN" }]), "some");
});
