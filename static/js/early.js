// Runs before the first paint, so that the page never shows the layout for browsers without script.
document.documentElement.classList.add("js");
