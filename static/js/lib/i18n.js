// What scripts say, in the language of the page. Texts are Vietnamese where they are said; an English
// page carries the English ones of the catalogue on its root element. Runs under `node --test`, too.

const root = globalThis.document?.documentElement;

/** "vi" or "en". */
export const language = root?.lang ?? "vi";

const messages = new Map(Object.entries(JSON.parse(root?.dataset.messages ?? "{}")));

/** The attribute value for what somebody wrote in Vietnamese: none is needed on a Vietnamese page. */
export const vietnamese = language === "vi" ? undefined : "vi";

const whole = new Intl.NumberFormat(language === "en" ? "en-GB" : "vi-VN", { maximumFractionDigits: 0 });

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (mark, name) => values[name] ?? mark);

/** t("Tìm thấy {what}", {what}): the message with its places filled. */
export function t(message, values = {}) {
  const said = messages.get(message) ?? message;
  return filled(typeof said === "string" ? said : said[0], values);
}

/** counted("{n} nhu cầu", 3): the form that fits `n`, with `n` as the language writes it. */
export function counted(message, n, values = {}) {
  const said = messages.get(message) ?? message;
  const form = typeof said === "string" ? said : said[n === 1 ? 0 : 1];
  return filled(form, { n: whole.format(n), ...values });
}

/** The address of a page of ours, in the language that this one was asked for in. */
export function to(address) {
  const asked = new URLSearchParams(globalThis.location?.search).get("lang");
  if (!asked || !/^[a-z]{2}$/.test(asked)) return address;
  return `${address}${address.includes("?") ? "&" : "?"}lang=${asked}`;
}
