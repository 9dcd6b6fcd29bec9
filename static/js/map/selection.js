// Which place is open. The open card and `place` in the address bar are one thing.

/** Leaflet tells of cards opened and closed; the state tells of "back" and of shared links. */
export function connectSelection(map, store, markers) {
  let following = false; // true while the card follows the state, not the person
  let wanted = ""; // the place whose card gets the focus when it opens

  function reopen() {
    const { place } = store.get();
    const marker = place && markers.ofPlace(place);
    if (!marker || marker.isPopupOpen()) return;
    following = true;
    marker.openPopup();
    following = false;
    if (place === wanted) marker.getPopup().getElement().querySelector("a").focus({ preventScroll: true });
    wanted = "";
  }

  map.on("popupopen", ({ popup }) => {
    const code = markers.placeOf(popup);
    if (code && !following) store.change({ place: code });
  });
  map.on("popupclose", ({ popup }) => {
    const code = markers.placeOf(popup);
    // Opening another card closes this one first: wait to see whether that is what happens.
    queueMicrotask(() => {
      if (code && store.get().place === code) store.change({ place: "" }, { step: false });
    });
  });
  store.listen((state, previous, cause) => {
    if (cause !== "history" || state.place === previous.place) return;
    map.closePopup();
    reopen();
  });

  return {
    reopen,
    /** `focus`: the reading goes on in the card, once it is there. */
    choose(code, { focus = false, ...rest } = {}) {
      wanted = focus ? code : "";
      store.change({ ...rest, place: code });
      reopen();
    },
    point(code) {
      for (const node of document.querySelectorAll(".pin-anchor.is-pointed")) node.classList.remove("is-pointed");
      if (code) markers.ofPlace(code)?.getElement()?.classList.add("is-pointed");
    },
  };
}
