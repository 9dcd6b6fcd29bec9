// From the features of a layer to what one marker stands for. Pure: runs under `node --test`.

const keyOfCluster = ({ id, geometry }) =>
  `cluster:${id ?? geometry.coordinates.join(",")}`;

export const placeKey = (code) => `place:${code}`;
export const placeOfKey = (key) => (key.startsWith("place:") ? key.slice("place:".length) : "");

/**
 * Needs at one place share its point: they become one mark, the most urgent need first. Places may
 * share a point too (the middle of their commune): `above` counts those before on the same spot.
 */
export function marksOf(features) {
  const marks = new Map();
  for (const feature of features) {
    const { properties, geometry } = feature;
    if (properties.cluster) {
      marks.set(keyOfCluster(feature), { type: "cluster", geometry, properties });
      continue;
    }
    const key = placeKey(properties.place);
    const mark = marks.get(key) ?? { type: "place", geometry, place: properties.place, needs: [] };
    mark.needs.push(properties);
    marks.set(key, mark);
  }
  const standing = new Map(); // spot → how many places
  for (const mark of marks.values()) {
    if (mark.type === "cluster") continue;
    mark.needs.sort((a, b) => b.urgency - a.urgency || a.code.localeCompare(b.code));
    const spot = String(mark.geometry.coordinates);
    mark.above = standing.get(spot) ?? 0;
    standing.set(spot, mark.above + 1);
  }
  return marks;
}

export const hasClusters = (features) => features.some((feature) => feature.properties.cluster);

/** The needs of the answer as plain rows, in the server's order: most urgent first. */
export const rowsOf = (features) => features
  .filter((feature) => !feature.properties.cluster)
  .map(({ properties, geometry }) => ({ ...properties, geometry }));
