// The builder of a frame: what is chosen shows at once, in the preview and in the texts to copy.
// Without this script its form is a plain GET form.
import { getJson } from "../lib/http.js";
import { createLoader } from "../map/loader.js";
import { readState } from "../map/state.js";

/** What is chosen, as the builder's address has it. */
function chosen(form) {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value.trim()) asked.append(name, value.trim());
  return asked;
}

export function start(form) {
  const frame = document.querySelector("[data-preview]");
  const status = document.querySelector("[data-builder-status]");
  const address = () => `${location.pathname}?${chosen(form)}`;
  const loader = createLoader((signal) => getJson(address(), { signal }), (stage, told) => {
    status.hidden = stage !== "failed";
    if (stage === "ready") show(told);
  });

  function show({ preview, height, ...texts }) {
    history.replaceState(null, "", address());
    for (const [name, text] of Object.entries(texts)) document.getElementById(name).value = text;
    frame.height = height;
    frame.contentWindow.location.replace(preview); // no step for "back"
  }

  /** The view that somebody found in the preview becomes the frame's. */
  function takeView() {
    const { view } = readState(frame.contentWindow.location.search);
    for (const name of ["lat", "lng", "zoom"]) form.elements[name].value = view?.[name] ?? "";
    loader.now();
  }

  form.addEventListener("change", loader.ask);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    loader.now();
  });
  const button = form.querySelector("[data-take-view]");
  button.hidden = false;
  button.addEventListener("click", takeView);
  form.dataset.live = "";
}
