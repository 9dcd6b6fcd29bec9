// Letters that are sent when there is a connection: offers of anybody, reports of a team's leader.
// A letter is the body of a form as it goes over the wire, with the form's own id, by which the server
// takes it once however often it comes. Those of an account are sealed from the moment they are kept.
import { Problem, sendBody } from "../lib/http.js";
import { t } from "../lib/i18n.js";
import { drop, keep, lettersOf } from "./letters.js";
import { seal, unseal } from "./sealing.js";

/** Told to the document whenever the letters of this device have changed. */
export const CHANGED = "outboxchange";
/** Statuses that mean: not now. 0: the server was not reached. */
export const LATER = new Set([0, 408, 425, 429, 500, 502, 503, 504]);
const SIGN_IN = new Set([401, 403]);

const tell = () => document.dispatchEvent(new Event(CHANGED));
const alone = (name, act) => (navigator.locks ? navigator.locks.request(name, act) : act());

/** The letter that a form would send now; `owner` and `key` are empty for who needs no account. */
export async function written(form, { owner = "", key = "" } = {}) {
  const texts = new FormData(form);
  texts.delete("csrf_token"); // of a session that may be over when it is sent
  const whole = new Response(form.enctype === "multipart/form-data" ? texts : new URLSearchParams(texts));
  const { pathname, search } = new URL(form.action);
  const letter = {
    id: texts.get("report") ?? texts.get("id"),
    owner,
    action: pathname + search,
    at: Date.now(),
    type: whole.headers.get("Content-Type"),
  };
  const body = await whole.arrayBuffer();
  return { ...letter, ...(key ? await seal(key, letter.id, body) : { body }) };
}

/** Asks the browser to send what needs no account once there is a signal, page or not, where it can. */
export async function sendWithoutPage() {
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.sync?.register("outbox");
}

/** The outbox of `owner`: with the key that opens its letters and a token that its session sends by. */
export function createOutbox({ owner = "", key = "", token = "" } = {}) {
  const letters = () => lettersOf(owner);
  const waiting = async () => (await letters()).filter(({ sent, refused }) => !sent && !refused);
  const bodyOf = (letter) => (key ? unseal(key, letter.id, letter) : letter.body);

  async function change(act) {
    await act();
    tell();
  }

  /** What the server says to a letter: {state: "sent", answer}, {state: "later"}, {state: "sign-in"} or
   * {state: "refused", reason, mendable}. Keeps nothing. */
  async function post(letter) {
    try {
      return { state: "sent", answer: await sendBody(letter.action, { type: letter.type, body: await bodyOf(letter), token }) };
    } catch (problem) {
      if (LATER.has(problem.status)) return { state: "later" };
      if (SIGN_IN.has(problem.status)) return { state: "sign-in" };
      const reason = (problem instanceof Problem && problem.message) || t("không đọc được nội dung đã giữ");
      return { state: "refused", reason, mendable: problem.status === 422 };
    }
  }

  async function sendOne(letter) {
    const { id, at } = letter;
    const { state, answer, reason, mendable } = await post(letter);
    if (state === "refused") await change(() => keep({ ...letter, refused: reason, mendable }));
    // What shows how to look it up stays until it was seen; of what was said nothing does.
    if (state === "sent") {
      const { url, receipt } = answer;
      await change(() => (receipt ? keep({ id, owner, at, sent: { url, receipt } }) : drop(id)));
    }
    return state;
  }

  return {
    letters,
    waiting,
    post,
    add: (letter) => change(() => keep(letter)),
    drop: (id) => change(() => drop(id)),
    /** Sends what waits, one after the other; what became of each, by id. */
    send: () => alone(`outbox ${owner}`, async () => {
      const became = new Map();
      for (const letter of await waiting()) {
        became.set(letter.id, await sendOne(letter));
        if (became.get(letter.id) === "sign-in") break;
      }
      return became;
    }),
    retry: ({ refused, mendable, ...letter }) => change(() => keep(letter)),
    /** The fields of a letter that is still whole. */
    read: async (letter) => new Response(await bodyOf(letter), { headers: { "Content-Type": letter.type } }).formData(),
  };
}
