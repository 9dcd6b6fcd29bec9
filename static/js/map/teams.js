// The layer of volunteer teams, shown on demand. Teams of one commune share its point and one mark.
import { L } from "../lib/leaflet.js";
import { boxText } from "./box.js";
import { getLayer } from "./layer.js";
import { createMarkers } from "./markers.js";
import { teamPin } from "./pins.js";
import { teamsCard } from "./popup.js";

const METRES = 1000;

function marksOf(features) {
  const marks = new Map();
  for (const { geometry, properties } of features) {
    const key = geometry.coordinates.join(",");
    const mark = marks.get(key) ?? { geometry, teams: [] };
    mark.teams.push(properties);
    marks.set(key, mark);
  }
  return marks;
}

export async function loadTeams(map, signal) {
  const { features } = await getLayer("teams.geojson", { bbox: boxText(map.getBounds()) }, { signal });
  return marksOf(features);
}

export function createTeamMarkers(map, words) {
  const reach = L.circle([0, 0], { className: "team-reach", interactive: false, radius: 1 });
  const markers = createMarkers(map, (mark) => ({
    raise: 0,
    icon: teamPin(mark.teams),
    card: () => {
      const [lng, lat] = mark.geometry.coordinates;
      const kilometres = Math.max(...mark.teams.map((team) => team.radius_km ?? 0));
      reach.setLatLng([lat, lng]).setRadius(kilometres * METRES).addTo(map);
      return teamsCard(mark.teams, words);
    },
  }));
  map.on("popupclose", () => reach.remove());
  return {
    show: markers.update,
    clear: () => {
      reach.remove();
      markers.update(new Map());
    },
  };
}
