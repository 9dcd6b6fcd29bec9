// Keeps the form on the server while it is typed, sealed there; nothing of it stays on the device.
import { sendTexts } from "../lib/http.js";
import { settled } from "./delay.js";
import { createKeeper } from "./keeper.js";

const WAIT_MS = 1000;

/** A random UUID, also where crypto.randomUUID is missing. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Every text of the form; files stay out. */
function texts(form) {
  return new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
}

const said = {
  saving: () => "Đang lưu bản viết…",
  saved: ({ saved_at: at }) => `Đã lưu lúc ${at}`,
  failed: ({ status }) =>
    status === 401 ? "Phiên đăng nhập đã hết: đăng nhập lại ở cửa sổ khác, bản viết sẽ được lưu tiếp" : "Chưa lưu được, sẽ thử lại",
  stopped: (problem) => problem.message || "Bản này đang được viết ở cửa sổ khác, ở đây không tự lưu nữa",
};

export function keepWhileTyping(form, { draft, draftVersion }) {
  const state = form.querySelector("[data-save-state]");
  const field = (name) => form.elements.namedItem(name);
  const id = draft || uuid();
  // A form that came back refused goes on as the same writer, whose last answer may be lost. Gone
  // back to (not what the page was sent with), it is another: what it shows may be older.
  field("writer").value = field("writer").getAttribute("value") || uuid();
  if (draftVersion) field("draft_version").value = draftVersion;

  const keeper = createKeeper({
    send: () => {
      field("draft").value = id;
      return sendTexts("/manage/drafts", texts(form));
    },
    tell(kind, answer) {
      if (kind === "saved") field("draft_version").value = answer.version;
      state.textContent = said[kind](answer);
      state.classList.toggle("is-failed", kind === "failed" || kind === "stopped");
    },
  });
  const typed = settled(() => keeper.keep(), WAIT_MS);
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") typed.now();
  });

  let step = "typing"; // then "leaving", "sending" and, for good, "sent"
  form.addEventListener("submit", async (event) => {
    if (step === "sending") {
      step = "sent";
      return;
    }
    event.preventDefault(); // pressed twice it is sent once
    if (step !== "typing") return;
    step = "leaving";
    await keeper.stop(); // what is on its way must not come after the form itself
    // A form is not sent again while this event is still being handled.
    setTimeout(() => {
      step = "sending";
      form.requestSubmit(event.submitter);
    });
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload(); // gone back to: what is stored may be another version
  });
}
