// After a refused form, reading begins at what went wrong.
export function start(summary) {
  summary.focus();
}
