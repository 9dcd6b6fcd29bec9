// A plan that is still being made: look again until it is done.
const EVERY_MS = 3000;

export function start() {
  setTimeout(() => location.reload(), EVERY_MS);
}
