// A report gets a position only when the leader asks for it, and loses it again at a second tap.
export function start(form) {
  const button = form.querySelector("[data-locate]");
  const said = form.querySelector("[data-said]");
  const { lng, lat } = form.elements;
  if (!navigator.geolocation) return;

  const set = (place, words) => {
    lng.value = place ? place.longitude.toFixed(5) : "";
    lat.value = place ? place.latitude.toFixed(5) : "";
    button.setAttribute("aria-pressed", place ? "true" : "false");
    button.querySelector("span").textContent = place ? "Bỏ vị trí" : "Kèm vị trí";
    said.textContent = words;
  };

  button.hidden = false;
  button.addEventListener("click", () => {
    if (lat.value) return set(null, "Nhật ký không kèm vị trí.");
    said.textContent = "Đang tìm vị trí…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => set(coords, "Nhật ký sẽ kèm vị trí hiện tại."),
      () => set(null, "Không lấy được vị trí; nhật ký vẫn gửi được."),
      { timeout: 15_000 },
    );
  });
}
