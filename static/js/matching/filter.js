// Does a row pass the filters? No DOM: runs under `node --test`.

/** Lower case without diacritics, as people type: "Sơn Động" → "son dong". */
export function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
}

/** `row` and `wanted`: {text, urgency, group}; empty wishes let everything pass. */
export function matches(row, wanted) {
  const words = fold(wanted.text).split(/\s+/).filter(Boolean);
  const text = fold(row.text);
  return (
    words.every((word) => text.includes(word)) &&
    (!wanted.urgency || row.urgency === wanted.urgency) &&
    (!wanted.group || row.group === wanted.group)
  );
}
