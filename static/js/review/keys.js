// Which key means what in a queue. No DOM but the event: runs under `node --test`.
const ACTIONS = { j: "next", k: "previous", x: "tick", a: "approve", r: "return" };
const TYPING = new Set(["text", "search", "email", "tel", "number", "password", "date", "url"]);

/** Whether keys are letters there: a field to type into, or a list to choose from by letter. */
function takesLetters(target) {
  const name = target?.tagName?.toLowerCase();
  if (name === "input") return TYPING.has(target.type ?? "text");
  return name === "textarea" || name === "select" || Boolean(target?.isContentEditable);
}

/** The action of a keydown, null for none: with a modifier, or while somebody types. */
export function actionOf({ key, ctrlKey, metaKey, altKey, isComposing, target }) {
  if (ctrlKey || metaKey || altKey || isComposing || takesLetters(target)) return null;
  return ACTIONS[key] ?? null;
}
