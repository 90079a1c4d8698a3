/** The widget's element in the customer's page: a shadow root with style sheets of its own, out of reach of the page's.
 *
 *  The page may replace its body at any time (Turbo, htmx, Astro): an element that leaves the document comes back. */

import { adopt } from "./adopt";

export const TAG = "parley-widget";

const MAX_IMMEDIATE = 100; // how often it is re-attached at once; if the page keeps removing it, it is re-attached later
const LATER_DELAY = 1_000; // ms

class HostElement extends HTMLElement {
  left?: () => unknown;

  disconnectedCallback(): void {
    this.left?.();
  }
}

export class WidgetElement {
  /** The root of all elements. The palette is declared on it, where the page's rules do not reach. */
  readonly frame = document.createElement("div");
  readonly root: ShadowRoot;
  readonly #element: HostElement;
  #returns = 0;

  constructor(
    language: string,
    private readonly attached: () => void,
  ) {
    if (!customElements.get(TAG)) customElements.define(TAG, HostElement);
    this.#element = document.createElement(TAG) as HostElement;
    this.#element.id = TAG;
    this.#element.left = () => setTimeout(this.attach, this.#returns++ < MAX_IMMEDIATE ? 0 : LATER_DELAY);
    this.root = this.#element.attachShadow({ mode: "open" });
    this.frame.className = "frame";
    this.frame.lang = language;
    // Key events stay inside: they must not trigger the page's own shortcuts.
    for (const name of ["keydown", "keyup", "keypress"]) {
      this.root.addEventListener(name, (event) => event.stopPropagation());
    }
    this.root.append(this.frame);
    this.attach();
  }

  /** Attaches the element unless it is already attached. A cached page may hold an empty copy of it, which is
   *  removed. */
  readonly attach = (): void => {
    if (this.#element.isConnected || !this.#element.left) return;
    for (const copy of document.querySelectorAll(TAG)) copy.remove();
    document.body?.append(this.#element);
    this.attached();
  };

  adopt(styles: string): void {
    adopt(this.root, styles);
  }

  remove(): void {
    delete this.#element.left;
    this.#element.remove();
  }
}
