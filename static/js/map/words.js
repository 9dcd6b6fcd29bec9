// The page's words for codes, handed over by the template; an unknown code is shown as “other”.
import { counted, t } from "../lib/i18n.js";

const OTHER = { code: "other", name: t("Khác"), icon: "map-pin" };

export function createWords(settings) {
  const categories = new Map(settings.categories.map((category) => [category.code, category]));
  return {
    category: (code) => categories.get(code) ?? OTHER,
    urgency: (level) => settings.urgencies[level] ?? "",
    skill: (code) => settings.skills[code] ?? OTHER.name,
    teamKind: (code) => settings.teamKinds[code] ?? counted("Đội tình nguyện", 1),
    peopleGroup: (code) => settings.peopleGroups[code] ?? OTHER.name,
    teamState: (code) => settings.teamStates[code] ?? "",
  };
}
