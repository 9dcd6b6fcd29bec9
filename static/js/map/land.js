// Geometry for drawing the land: tints that keep neighbours apart, and points in polygons.
// Points are [lng, lat]. Pure: runs under `node --test`.

/**
 * A tint (0 … count-1) for each point in turn: the one whose nearest bearer so far is farthest
 * away. Areas known by their points then seldom have a neighbour of the same tint.
 */
export function tintsOf(points, count) {
  const tints = [];
  points.forEach(([x, y], index) => {
    const nearest = new Array(count).fill(Infinity);
    for (let other = 0; other < index; other += 1) {
      const distance = Math.hypot(points[other][0] - x, points[other][1] - y);
      nearest[tints[other]] = Math.min(nearest[tints[other]], distance);
    }
    tints.push(nearest.indexOf(Math.max(...nearest)));
  });
  return tints;
}

function inRing([x, y], ring) {
  let inside = false;
  for (let a = 0, b = ring.length - 1; a < ring.length; b = a, a += 1) {
    const [ax, ay] = ring[a];
    const [bx, by] = ring[b];
    if ((ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** Whether a Polygon or MultiPolygon of GeoJSON holds the point; a hole does not. */
export function holds({ type, coordinates }, point) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons.some(([outer, ...holes]) =>
    inRing(point, outer) && !holes.some((hole) => inRing(point, hole)));
}
