// Bounding boxes as [west, south, east, north] in degrees. Pure: runs under `node --test`.

/** Leaflet's bounds → "w,s,e,n" with at most five decimals (about a metre), kept on the earth. */
export function boxText(bounds) {
  const clamp = (value, limit) => Math.max(-limit, Math.min(limit, value));
  const edges = [
    clamp(bounds.getWest(), 180), clamp(bounds.getSouth(), 90),
    clamp(bounds.getEast(), 180), clamp(bounds.getNorth(), 90),
  ];
  return edges.map((edge) => String(Number(edge.toFixed(5)))).join(",");
}

/** [w,s,e,n] → Leaflet's [[south, west], [north, east]], grown by a share of its size. */
export function leafletBox([west, south, east, north], share = 0) {
  const dx = (east - west) * share;
  const dy = (north - south) * share;
  return [[south - dy, west - dx], [north + dy, east + dx]];
}
