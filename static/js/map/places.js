// From the features of a layer to what one marker stands for. Pure: runs under `node --test`.

const keyOfCluster = ({ id, geometry }) =>
  `cluster:${id ?? geometry.coordinates.join(",")}`;

export const placeKey = (code) => `place:${code}`;
export const placeOfKey = (key) => (key.startsWith("place:") ? key.slice("place:".length) : "");

/** Needs at one place share its point: they become one mark, the most urgent need first. */
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
  for (const mark of marks.values()) {
    mark.needs?.sort((a, b) => b.urgency - a.urgency || a.code.localeCompare(b.code));
  }
  return marks;
}

export const hasClusters = (features) => features.some((feature) => feature.properties.cluster);

/** The needs of the answer as plain rows, in the server's order: most urgent first. */
export const rowsOf = (features) => features
  .filter((feature) => !feature.properties.cluster)
  .map(({ properties, geometry }) => ({ ...properties, geometry }));
