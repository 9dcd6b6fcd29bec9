// Builds elements from text nodes and attributes: data never passes through an HTML parser.
import { vietnamese } from "./i18n.js";

/** el("a.button", {href: "/"}, "Text", otherNode): undefined, null and false are left out. */
export function el(selector, attributes = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the page's sprite; it is decoration, the words stand beside it. */
export function icon(name, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("class", "icon");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** What somebody wrote in Vietnamese: marked so on a page of another language. */
export const written = (text) => (vietnamese ? el("span", { lang: vietnamese }, text) : text);

export const hidden = (...texts) => el("span.visually-hidden", {}, ...texts);
