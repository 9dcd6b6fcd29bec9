// The frame tells the page around it how high it wants to be, where that page has our /embed.js:
//
//   frame → page  {volunteerMap: "ready"}             to anybody: it says nothing
//   page → frame  {volunteerMap: "hello"}
//   frame → page  {volunteerMap: "height", height}    to the origin that said hello
//
// Only the window around the frame is listened to, and only while it shows a page of `sites`, the
// origins that may show the map; our own is one of them.

const NARROW = 861; // pixels: from here on the list stands beside the map, as in css/map.css

/** Pixels that suit a frame of this width; `asked`: what its address asks for, 0 for nothing. */
export function heightFor(width, asked) {
  if (asked) return asked;
  return width < NARROW ? 620 : Math.min(720, Math.max(520, Math.round(width * 0.56)));
}

export function tellHeight(frame, { asked, sites }) {
  const known = new Set([...sites, frame.location.origin]);
  let listener = ""; // the origin that said hello
  const tell = () => {
    const height = heightFor(frame.innerWidth, asked);
    if (listener) frame.parent.postMessage({ volunteerMap: "height", height }, listener);
  };
  frame.addEventListener("message", ({ source, origin, data }) => {
    if (source !== frame.parent || !known.has(origin) || data?.volunteerMap !== "hello") return;
    listener = origin;
    tell();
  });
  frame.addEventListener("resize", tell);
  frame.parent.postMessage({ volunteerMap: "ready" }, "*");
}
