// A frame may be light or dark whatever the device is: the rules of the dark scheme always hold, or
// never. A plain script after the styles, so that the first paint is already right.
{
  const { theme } = document.currentScript.dataset;
  const dark = "(prefers-color-scheme: dark)";
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (rule.media?.mediaText === dark) rule.media.mediaText = theme === "dark" ? "all" : "not all";
    }
  }
  document.documentElement.style.colorScheme = theme;
}
