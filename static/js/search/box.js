// The search box over the map: suggestions while somebody types, recent searches when it is empty.
import { go } from "../lib/frame.js";
import { getJson } from "../lib/http.js";
import { t, to } from "../lib/i18n.js";
import { createLoader } from "../map/loader.js";
import { createCombobox } from "./combobox.js";
import { asked, MOST_LETTERS } from "./hits.js";
import { createRecent, ownStorage } from "./recent.js";
import { busyView, failureView, hitsView, recentView } from "./suggestions.js";

const PAUSE_MS = 220;
const CUT = t("Chữ tìm dài quá: chỉ {n} chữ cái đầu được dùng.", { n: MOST_LETTERS });

async function find(text, signal) {
  const { q } = asked(text);
  return q ? getJson(`/search.json?${new URLSearchParams({ q })}`, { signal }) : null;
}

/** What can be done with what the panel shows. `finish(text)` closes it and remembers the text. */
function createActs(field, recent, { finish, open, on }) {
  const reopen = () => {
    field.focus();
    open();
  };
  return {
    filter(q) {
      finish(q);
      on.text(q);
    },
    take(hit) {
      finish(hit.title);
      field.value = "";
      if (matchMedia("(pointer: coarse)").matches) field.blur(); // the keyboard on the screen hides the map
      if (hit.type === "unit") on.unit(hit);
      else on.place(hit);
    },
    seeAll(q) {
      finish(q);
      go(to(`/search?${new URLSearchParams({ q })}`));
    },
    again(text) {
      field.value = text;
      reopen();
    },
    forget() {
      recent.clear();
      reopen();
    },
    retry: reopen,
  };
}

/**
 * `form` holds the field q, the panel [data-suggestions] and the status [data-search-status].
 * `on.place(hit)` and `on.unit(hit)` hear what was chosen, `on.text(q)` what to filter by.
 */
export function connectSearch(form, words, on, recent = createRecent(ownStorage())) {
  const field = form.elements.q;
  const panel = form.querySelector("[data-suggestions]");
  const status = form.querySelector("[data-search-status]");
  field.removeAttribute("maxlength"); // it would cut without a word
  const box = createCombobox(field, panel, { label: t("Gợi ý tìm kiếm"), onOpen: open, onSubmit: submit });
  const loader = createLoader((signal) => find(field.value, signal), report, PAUSE_MS);
  const acts = createActs(field, recent, { finish, open, on });

  function draw({ options, before, said }) {
    box.show(options, before);
    status.textContent = said;
  }

  function finish(text) {
    if (text) recent.add(text);
    loader.stop();
    box.close();
    status.textContent = "";
  }

  function submit() {
    acts.filter(asked(field.value).q);
  }

  function open() {
    if (asked(field.value).q) return loader.now();
    loader.stop();
    return draw(recentView(recent.list(), acts));
  }

  function report(stage, result) {
    const { q, cut } = asked(field.value);
    panel.setAttribute("aria-busy", String(stage === "loading"));
    if (stage === "loading" && panel.hidden) draw(busyView());
    if (stage === "ready" && result) draw(hitsView(result, cut ? [CUT] : [], words, acts));
    if (stage === "failed") draw(failureView(result, q, acts));
  }

  field.addEventListener("input", () => (asked(field.value).q ? loader.ask() : open()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  if (document.activeElement === field) open(); // somebody was faster than this script

  return {
    /** Shows the filter in force; `always`: also over what somebody types at the moment. */
    write(q, always) {
      if (always || document.activeElement !== field) field.value = q;
      if (always) finish("");
    },
    focus: () => field.focus(),
  };
}
