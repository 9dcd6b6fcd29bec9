// j and k move through the rows of a list as in a mail program; Enter opens, as links do by themselves.

/** Where the focus goes from `at` (-1: nowhere yet) among `count`; it stops at both ends. */
export function next(at, count, key) {
  if (at < 0) return 0;
  return Math.min(count - 1, Math.max(0, at + (key === "j" ? 1 : -1)));
}

/** Whether a key press belongs to something that is being typed or chosen. */
const typing = (target) => target.matches("input, select, textarea, [contenteditable]");

/** The first link of each row. */
const linksOf = (list) =>
  [...list.querySelectorAll("tbody tr")].map((row) => row.querySelector("a")).filter(Boolean);

export function start(list) {
  const links = linksOf(list);
  document.addEventListener("keydown", (event) => {
    if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || links.length === 0) return;
    links[next(links.indexOf(document.activeElement), links.length, event.key)].focus();
    event.preventDefault();
  });
}
