// Shows only the wordings of those whose consent the age asks for.
import { giversOf } from "./givers.js";

export function showGivers(section, form, { thisYear, address }) {
  const year = form.elements.namedItem("birth_year");
  const opened = form.elements.namedItem("opened");

  function arrange() {
    // An age that is sealed and not shown here is not known to the page.
    const known = !address || opened || year.value.trim();
    const wanted = giversOf(year.value.trim(), thisYear);
    for (const part of section.querySelectorAll("[data-giver]")) {
      const asked = !known || wanted.includes(part.dataset.giver);
      part.hidden = !asked;
      part.querySelector("input").disabled = !asked;
    }
  }

  year.addEventListener("input", arrange);
  arrange();
}
