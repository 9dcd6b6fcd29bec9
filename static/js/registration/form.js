// The form of an address: connects what keeps it, shows its place and asks for likely doubles.
// Each part works alone; without any of them it is a plain form.
import { keepWhileTyping } from "./autosave.js";
import { searchCommunes } from "./communes.js";
import { showGivers } from "./consent.js";
import { findDoubles } from "./doubles.js";
import { arrangeNeeds } from "./needs.js";
import { pickPoint } from "../forms/picker.js";
import { checkPlace } from "./where.js";

export function start(form) {
  const settings = JSON.parse(form.dataset.settings);
  const token = form.elements.namedItem("csrf_token").value;
  arrangeNeeds(form.querySelector("[data-needs]"));
  searchCommunes(form.querySelector("[data-commune-field]"));
  const picker = pickPoint(form, settings);
  checkPlace(form, token, picker);
  findDoubles(form, token, settings);
  const consent = form.querySelector("[data-consent]");
  if (consent) showGivers(consent, form, settings);
  keepWhileTyping(form, settings);
  form.dataset.live = "";
}
