// Runs before the first paint, so that the page never shows the layout for browsers without script.
// A browser too old for modules keeps that layout: it has the whole list.
if ("noModule" in HTMLScriptElement.prototype) document.documentElement.classList.add("js");
