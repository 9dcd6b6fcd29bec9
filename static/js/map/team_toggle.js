// The switch that shows teams; the layer is asked for only while it is on.
import { createLoader } from "./loader.js";
import { createTeamMarkers, loadTeams } from "./teams.js";

export function connectTeams(root, map, store, words, notices) {
  const toggle = root.querySelector("[data-teams]");
  const markers = createTeamMarkers(map, words);
  const loader = createLoader((signal) => loadTeams(map, signal), (stage, result) => {
    if (!store.get().teams) return;
    if (stage === "ready") markers.show(result);
    if (stage === "failed") notices.failed(result);
  });

  function follow(state) {
    toggle.checked = state.teams;
    if (state.teams) loader.ask();
    else markers.clear();
  }

  toggle.addEventListener("change", () => store.change({ teams: toggle.checked }));
  store.listen((state, previous) => state.teams !== previous.teams && follow(state));
  map.on("moveend", () => store.get().teams && loader.ask());
  follow(store.get());
}
