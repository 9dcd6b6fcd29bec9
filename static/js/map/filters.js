// The filter form and the state follow each other. Without this script it is a plain GET form.
import { el, hidden, icon, written } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { counted, t } from "../lib/i18n.js";

export const NO_FILTERS = Object.freeze({ category: [], urgency: [], unit: "", q: "" });
const UNNAMED = t("Khu vực đã chọn"); // until its figures tell its name

const checkedValues = (form, name) =>
  [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((input) => input.value).sort();

function readForm(form) {
  return {
    category: checkedValues(form, "category"),
    urgency: checkedValues(form, "urgency").map(Number),
    unit: form.elements.unit.value,
  };
}

/** The choice of this unit; the form itself offers districts only. */
function unitOption(form, code) {
  const { unit } = form.elements;
  const known = [...unit.options].find(({ value }) => value === code);
  if (known) return known;
  const added = el("option", { value: code }, UNNAMED);
  unit.append(added);
  return added;
}

/** How many needs of each kind there are, beside its name. */
function writeCounts(form, name, counts) {
  for (const place of form.querySelectorAll(`[data-count-${name}]`)) {
    const count = counts[place.getAttribute(`data-count-${name}`)] ?? 0;
    const said = counted("{n} nhu cầu", count);
    place.replaceChildren(el("span", { "aria-hidden": "true" }, number(count)), hidden(said));
  }
}

function writeForm(form, state) {
  for (const name of ["category", "urgency"]) {
    for (const input of form.querySelectorAll(`input[name="${name}"]`)) {
      input.checked = state[name].map(String).includes(input.value);
    }
  }
  if (state.unit) unitOption(form, state.unit).selected = true;
  else form.elements.unit.value = "";
  const count = form.querySelector('[data-count="category"]');
  count.textContent = String(state.category.length);
  count.hidden = state.category.length === 0;
  form.querySelector(".filter-unit").classList.toggle("is-set", Boolean(state.unit));
}

/** A popover that closes as people expect: Escape, a tap elsewhere. */
function closeFacets(form) {
  const facets = form.querySelectorAll("details.facet");
  const closeAll = () => facets.forEach((facet) => { facet.open = false; });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest?.("details.facet")) closeAll();
  });
  for (const facet of facets) {
    facet.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !facet.open) return;
      facet.open = false;
      facet.querySelector("summary").focus();
    });
  }
}

/** Chips that say what is filtered; a tap takes one away. */
function showActive(holder, form, state, words, store) {
  const chip = (text, patch) => el("button.chip.chip-active", { type: "button", onclick: () => store.change(patch) },
    text, icon("x", 16), hidden(" ", t("(bỏ điều kiện này)")));
  const without = (list, value) => list.filter((other) => other !== value);
  const chips = [
    ...(state.near ? [chip(t("Gần tôi"), { near: false })] : []),
    ...state.category.map((code) => chip(words.category(code).name, { category: without(state.category, code) })),
    ...state.urgency.map((level) => chip(words.urgency(level), { urgency: without(state.urgency, level) })),
  ];
  if (state.unit) chips.push(chip(written(unitName(form)), { unit: "" }));
  if (state.q) chips.push(chip(`“${state.q}”`, { q: "" }));
  if (chips.length > 1) {
    chips.push(el("button.button.button-plain", { type: "button", onclick: () => store.change({ ...NO_FILTERS, near: false }) }, t("Xoá lọc")));
  }
  holder.replaceChildren(...chips);
  holder.hidden = chips.length === 0;
}

/** The chosen option's words without its count in brackets. */
const unitName = (form) => form.elements.unit.selectedOptions[0]?.textContent.replace(/\s*\([^)]*\)\s*$/, "") ?? "";

export function connectFilters(root, store, words) {
  const form = root.querySelector("form.filter-row");
  const holder = root.querySelector("[data-active-filters]");
  const take = () => store.change(readForm(form));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take();
  });
  form.addEventListener("change", take);
  root.querySelector("[data-reset]").addEventListener("click", (event) => {
    event.preventDefault();
    store.change({ ...NO_FILTERS, near: false });
  });
  const show = (state) => {
    writeForm(form, state);
    showActive(holder, form, state, words, store);
  };
  closeFacets(form);
  store.listen(show);
  show(store.get());
  return {
    /** The figures of the chosen unit, or of the province: their counts, and the unit's name. */
    tell({ unit, needs }) {
      writeCounts(form, "category", needs.by_category);
      writeCounts(form, "urgency", needs.by_urgency);
      if (!unit) return;
      const option = unitOption(form, store.get().unit);
      if (option.textContent === UNNAMED) option.textContent = unit.name;
      show(store.get());
    },
  };
}
