// Runs before the first paint, so that the page never shows the layout for browsers without script.
// A browser too old for modules keeps that layout: it has the whole list. So does a frame whose site has
// put it into a sandbox without an origin ("null"), where no module comes.
if ("noModule" in HTMLScriptElement.prototype && origin !== "null") document.documentElement.classList.add("js");
