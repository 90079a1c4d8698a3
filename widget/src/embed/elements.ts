/** Creates and updates DOM elements without a runtime, for everything outside the window. */

const HTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";

export type Attributes = Record<string, string | number | boolean>;

export function made(name: string, attributes: Attributes, space = HTML): Element {
  const element = document.createElementNS(space, name);
  set(element, attributes);
  return element;
}

export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/** Does nothing if the text is unchanged: a live region would announce it again. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** An SVG with one path; returns the path, so that it can be changed, and the SVG. */
export function drawing(size: number): { picture: Element; path: Element } {
  const picture = made("svg", { width: size, height: size, viewBox: "0 0 24 24", "aria-hidden": true }, SVG);
  const path = made("path", {}, SVG);
  picture.append(path);
  return { picture, path };
}
