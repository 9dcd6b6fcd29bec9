// Sends or copies a message. Where the browser can do neither, the text on the page is copied by hand.
export function start(card) {
  const text = card.querySelector("textarea");
  const said = card.querySelector("[data-said]");
  const share = card.querySelector("[data-share]");
  const copy = card.querySelector("[data-copy]");
  const say = (words) => { said.textContent = words; };

  share.hidden = !navigator.share;
  copy.hidden = !navigator.clipboard;
  if (share.hidden && copy.hidden) return;
  card.querySelector("[data-buttons]").hidden = false;
  if (share.hidden) copy.classList.add("button-main");
  say("");
  text.addEventListener("focus", () => text.select());
  share.addEventListener("click", () => {
    navigator.share({ text: text.value }).catch(() => {}); // closing the sheet is not an error
  });
  copy.addEventListener("click", () => {
    navigator.clipboard.writeText(text.value).then(
      () => say("Đã chép. Mở Zalo, chọn đội trưởng rồi dán."),
      () => say("Trình duyệt không cho chép. Giữ vào lời nhắn, chọn tất cả rồi chép."),
    );
  });
}
