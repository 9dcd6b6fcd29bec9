// One thing at a time: on a slow line two answers would only hold each other up. Pure.

/**
 * `lane(task, {signal, first})` runs `task()` when those before it have ended, and gives its result;
 * `first`: before the others that wait. One that is aborted while it waits never runs.
 */
export function createLane() {
  const waiting = [];
  let busy = false;

  async function run() {
    if (busy || waiting.length === 0) return;
    const { task, signal, resolve, reject } = waiting.shift();
    busy = true;
    try {
      signal?.throwIfAborted();
      resolve(await task());
    } catch (error) {
      reject(error);
    }
    busy = false;
    run();
  }

  return (task, { signal, first = false } = {}) => new Promise((resolve, reject) => {
    waiting[first ? "unshift" : "push"]({ task, signal, resolve, reject });
    run();
  });
}
