// A button that prints the page it stands on; without script the browser's own command does.
export function start(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
