// What was looked for lately: texts, kept on this device and sent nowhere by themselves.
import { look } from "../lib/frame.js";

const KEY = "recent-searches";
const MOST = 6;

/** `storage` may be missing, full or forbidden: then nothing is remembered, and nothing breaks. */
export function createRecent(storage) {
  function list() {
    try {
      const kept = JSON.parse(storage.getItem(KEY) ?? "[]");
      return Array.isArray(kept) ? kept.filter((text) => typeof text === "string").slice(0, MOST) : [];
    } catch {
      return [];
    }
  }

  function keep(texts) {
    try {
      if (texts.length) storage.setItem(KEY, JSON.stringify(texts));
      else storage.removeItem(KEY);
    } catch { /* private browsing, storage full: the search works without */ }
  }

  return {
    list,
    add: (text) => keep([text, ...list().filter((other) => other !== text)].slice(0, MOST)),
    clear: () => keep([]),
  };
}

/** The browser's storage; asking for it can already be refused. A frame does not ask. */
export function ownStorage() {
  if (look !== null) return undefined;
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
