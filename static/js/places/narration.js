// Reads the story of a place aloud, with the device's own Vietnamese voice.
import { t } from "../lib/i18n.js";

const LANGUAGE = "vi-VN";
const MOST_LETTERS = 200; // long utterances are cut off by some browsers

/** A text in pieces of whole sentences, each of at most MOST_LETTERS where its sentences are. */
export function piecesOf(text) {
  const sentences = text.split(/(?<=[.!?…])\s+|\n+/).map((part) => part.trim()).filter(Boolean);
  const pieces = [];
  for (const sentence of sentences) {
    const longer = pieces.length ? `${pieces.at(-1)} ${sentence}` : sentence;
    if (pieces.length && longer.length <= MOST_LETTERS) pieces[pieces.length - 1] = longer;
    else pieces.push(sentence);
  }
  return pieces;
}

const vietnameseVoice = (voices) => voices.find(({ lang }) => /^vi([-_]|$)/i.test(lang));

/** "none" without a Vietnamese voice, "some" with one, "unknown" while the device has told of none. */
export function voiceState(voices) {
  if (!voices.length) return "unknown";
  return vietnameseVoice(voices) ? "some" : "none";
}

export function start(holder) {
  const speech = globalThis.speechSynthesis;
  if (!speech) return;
  const play = holder.querySelector("[data-play]");
  const stop = holder.querySelector("[data-stop]");
  const said = holder.querySelector("[data-said]");
  const text = `${holder.dataset.title}. ${document.getElementById(holder.dataset.text).textContent}`;
  let reading = null; // the turn that is being read; a later one, or none, ends it

  const label = (words) => { play.querySelector("span").textContent = words; };
  const offer = () => { holder.hidden = voiceState(speech.getVoices()) === "none"; };

  function end(words = "") {
    reading = null;
    speech.cancel();
    stop.hidden = true;
    said.textContent = words;
    label(t("Nghe thuyết minh"));
  }

  function utterance(piece, turn, last) {
    const one = Object.assign(new SpeechSynthesisUtterance(piece), { lang: LANGUAGE });
    one.voice = vietnameseVoice(speech.getVoices()) ?? null;
    one.onend = () => { if (last && reading === turn) end(); };
    one.onerror = () => { if (reading === turn) end(t("Máy này chưa đọc được tiếng Việt.")); };
    return one;
  }

  function begin() {
    speech.cancel(); // another page of ours may have left something
    reading = {};
    const pieces = piecesOf(text);
    pieces.forEach((piece, at) => speech.speak(utterance(piece, reading, at === pieces.length - 1)));
    stop.hidden = false;
    said.textContent = "";
    label(t("Tạm dừng"));
  }

  play.addEventListener("click", () => {
    if (!reading) return begin();
    const go = speech.paused;
    if (go) speech.resume();
    else speech.pause();
    return label(go ? t("Tạm dừng") : t("Nghe tiếp"));
  });
  stop.addEventListener("click", () => { end(); play.focus(); });
  addEventListener("pagehide", () => speech.cancel());
  speech.addEventListener?.("voiceschanged", offer);
  offer();
}
