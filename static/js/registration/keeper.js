// Keeps one text on the server: one request at a time, again after a failure, the last state wins.
// No DOM: runs under `node --test`.
const RETRY_MS = 5000;

/**
 * `send()` → a promise of {version, saved_at}; `tell(state, answer or problem)` with state
 * "saving" | "saved" | "failed" | "stopped". A 409 stops for good: another window goes on.
 */
export function createKeeper({ send, tell, retry = RETRY_MS }) {
  let running = null;
  let again = false;
  let stopped = false;
  let timer;

  async function once() {
    clearTimeout(timer);
    again = false;
    tell("saving");
    try {
      tell("saved", await send());
    } catch (problem) {
      if (problem.status === 409 || problem.status === 422) {
        stopped = true;
        tell("stopped", problem);
      } else {
        tell("failed", problem);
        timer = setTimeout(keep, retry);
      }
    }
  }

  function keep() {
    if (stopped) return running;
    if (running) {
      again = true;
      return running;
    }
    running = once().finally(() => {
      running = null;
      if (again) keep();
    });
    return running;
  }

  return {
    keep,
    /** Nothing is sent any more; the promise ends when what is on its way has arrived. */
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
