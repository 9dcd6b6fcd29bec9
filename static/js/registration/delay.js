// Pure timing: runs under `node --test`.

/** Calls `action` once nothing asked for it for `wait` ms; `.now()` calls it at once if it waits. */
export function settled(action, wait) {
  let timer;
  const asked = () => {
    clearTimeout(timer);
    timer = setTimeout(asked.now, wait);
  };
  asked.now = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    action();
  };
  return asked;
}
