// Names on the map give way to markers and to each other: each is moved up or down a little where
// it would be covered, and left out where nothing is free. Pure: runs under `node --test`.

const OFFSETS = [0, 26, -26, 44, -44]; // pixels down
const GAP = 2;

const apart = (a, b) =>
  a.right + GAP < b.left || b.right + GAP < a.left || a.bottom + GAP < b.top || b.bottom + GAP < a.top;

export const boxAround = ({ x, y }, width, height) => ({
  left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2,
});

/**
 * `labels`: [{x, y, width, height}], centres in pixels; `obstacles`: boxes {left, right, top,
 * bottom}. Returns for each label its offset in pixels down, or null where it finds no room.
 */
export function placeLabels(labels, obstacles) {
  const taken = [...obstacles];
  return labels.map((label) => {
    for (const offset of OFFSETS) {
      const box = boxAround({ x: label.x, y: label.y + offset }, label.width, label.height);
      if (!taken.every((other) => apart(box, other))) continue;
      taken.push(box);
      return offset;
    }
    return null;
  });
}
