// The filter form and the state follow each other. Without this script it is a plain GET form.
import { el, hidden, icon } from "../lib/dom.js";
import { t, vietnamese } from "../lib/i18n.js";
import { hasFilters } from "./state.js";

const TYPING_PAUSE_MS = 350;

const checkedValues = (form, name) =>
  [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((input) => input.value).sort();

function readForm(form) {
  return {
    category: checkedValues(form, "category"),
    urgency: checkedValues(form, "urgency").map(Number),
    unit: form.elements.unit.value,
    q: form.elements.q.value.trim(),
  };
}

/** `whole`: also what somebody may be typing at the moment. */
function writeForm(form, state, whole) {
  for (const name of ["category", "urgency"]) {
    for (const input of form.querySelectorAll(`input[name="${name}"]`)) {
      input.checked = state[name].map(String).includes(input.value);
    }
  }
  form.elements.unit.value = state.unit;
  if (whole || document.activeElement !== form.elements.q) form.elements.q.value = state.q;
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
    ...state.category.map((code) => chip(words.category(code).name, { category: without(state.category, code) })),
    ...state.urgency.map((level) => chip(words.urgency(level), { urgency: without(state.urgency, level) })),
  ];
  if (state.unit) chips.push(chip(el("span", { lang: vietnamese }, unitName(form)), { unit: "" }));
  if (state.q) chips.push(chip(`“${state.q}”`, { q: "" }));
  if (chips.length > 1) {
    chips.push(el("button.button.button-plain", { type: "button", onclick: () => store.change({ category: [], urgency: [], unit: "", q: "" }) }, t("Xoá lọc")));
  }
  holder.replaceChildren(...chips);
  holder.hidden = !hasFilters(state);
}

/** The chosen option's words without its count in brackets. */
const unitName = (form) => form.elements.unit.selectedOptions[0]?.textContent.replace(/\s*\([^)]*\)\s*$/, "") ?? "";

export function connectFilters(root, store, words) {
  const form = root.querySelector("form.filters");
  const holder = root.querySelector("[data-active-filters]");
  let timer = 0;
  const take = () => {
    clearTimeout(timer);
    store.change(readForm(form));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take();
  });
  form.addEventListener("change", take);
  form.elements.q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(take, TYPING_PAUSE_MS);
  });
  root.querySelector("[data-reset]").addEventListener("click", (event) => {
    event.preventDefault();
    store.change({ category: [], urgency: [], unit: "", q: "" });
    form.elements.q.value = "";
  });
  const show = (state, whole) => {
    writeForm(form, state, whole);
    showActive(holder, form, state, words, store);
  };
  closeFacets(form);
  store.listen((state, _previous, cause) => {
    const back = cause === "history";
    if (back) clearTimeout(timer); // what was being typed belongs to the page that was left
    show(state, back);
  });
  show(store.get(), false);
}
