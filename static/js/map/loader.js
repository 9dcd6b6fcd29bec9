// Asks when things have calmed down, drops the question that a newer one replaced.

/** `load(signal)` is called DELAY after the last `ask()`; `report` hears loading, ready, failed. */
export function createLoader(load, report, delay = 180) {
  let timer = 0;
  let running = null;

  async function run() {
    running?.abort();
    const control = new AbortController();
    running = control;
    report("loading");
    try {
      const result = await load(control.signal);
      if (running === control) report("ready", result);
    } catch (error) {
      if (running === control) report("failed", error);
    }
  }

  return {
    ask() {
      clearTimeout(timer);
      timer = setTimeout(run, delay);
    },
    now() {
      clearTimeout(timer);
      return run();
    },
    /** Nothing more is reported of what was asked so far. */
    stop() {
      clearTimeout(timer);
      running?.abort();
      running = null;
    },
  };
}
