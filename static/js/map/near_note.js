// The card over the map that says what "Gần tôi" is doing, and what can be done about it.
import { el, icon } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { isInApp, refusal } from "../lib/position.js";

const IN_APP = t("Trong Zalo hay Facebook, hãy bấm nút ⋯ rồi chọn “Mở bằng trình duyệt”.");

/** `acts`: leave, retry, pick, takeMiddle, chooseUnit, cancel; each is a button's deed. */
export function createNearNote(holder, province, acts) {
  const text = el("p", { role: "status" });
  const buttons = el("div.buttons");
  holder.replaceChildren(text, buttons);

  const button = (name, words, act, main = "") =>
    el(`button.button${main}`, { type: "button", onclick: act }, icon(name, 18), words);
  const others = () => [
    button("map-pin", t("Chạm vào bản đồ"), acts.pick, ".button-main"),
    button("search", t("Chọn xã, phường"), acts.chooseUnit),
    button("x", t("Đóng"), acts.cancel),
  ];
  const leave = () => button("x", t("Thoát “Gần tôi”"), acts.leave);

  function show(words, ...shown) {
    holder.hidden = false;
    text.textContent = words;
    buttons.replaceChildren(...shown);
  }

  const hide = () => { holder.hidden = true; };

  return {
    hide,
    ready: hide, // the list says the rest
    locating: () => show(t("Đang hỏi vị trí của máy…"), button("x", t("Thôi"), acts.cancel)),
    loading: () => show(t("Đang tìm nơi cần giúp gần bạn…"), leave()),
    failed: () => show(t("Chưa tải được danh sách gần bạn."), button("refresh", t("Thử lại"), acts.retry), leave()),
    picking: () => show(t("Chạm vào chỗ của bạn trên bản đồ."),
      button("current-location", t("Lấy giữa bản đồ"), acts.takeMiddle), button("x", t("Thôi"), acts.cancel)),
    outside: (kilometres) => show(
      t("Bạn đang ở ngoài {province}, cách khoảng {n} km. Bản đồ hiện toàn tỉnh; bạn có thể chỉ một chỗ khác:",
        { province, n: number(kilometres) }),
      ...others()),
    refused: ({ code }) => show(
      [refusal(code), isInApp(navigator.userAgent) && IN_APP, t("Bạn có thể chỉ chỗ của mình:")].filter(Boolean).join(" "),
      ...others()),
  };
}
