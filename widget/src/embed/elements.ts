/** Elements made and changed without a runtime, for what is drawn before the window or beside it. */

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

/** Leaves a text that is there already alone: a live region would read it out again. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A drawing of one path; the path, to be changed, and the picture around it. */
export function drawing(size: number): { picture: Element; path: Element } {
  const picture = made("svg", { width: size, height: size, viewBox: "0 0 24 24", "aria-hidden": true }, SVG);
  const path = made("path", {}, SVG);
  picture.append(path);
  return { picture, path };
}
