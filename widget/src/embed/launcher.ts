/** The button in the corner with its badge, drawn without Preact: all that a page needs until the window opens. */

import type { LauncherTexts } from "./texts/en";

const SVG = "http://www.w3.org/2000/svg";
const BUBBLE = [
  "M20.5 11.5a8 8 0 0 1-8.5 7.4 9.4 9.4 0 0 1-3.3-.6L4 19.9l1.3-3.9a7 7 0 0 1-1.8-4.5A8 8 0 0 1 12 4a8 8 0 0 1 8.5 7.5Z",
  "M9 10.2h6M9 13.4h3.6",
];
const DOWN = ["m6 9 6 6 6-6"];

export interface LauncherState {
  readonly open: boolean;
  readonly unread: number;
  /** The window is wanted and its part is still being loaded. */
  readonly loading: boolean;
  /** The window's part could not be loaded. */
  readonly failed: boolean;
}

export class Launcher {
  readonly #button = element("button", { type: "button" });
  readonly #news = element("p", { class: "unseen", role: "status" });
  readonly #fault = element("p", { class: "fault", role: "alert" });
  #drawn = "";

  constructor(
    private readonly root: ParentNode,
    private readonly texts: LauncherTexts,
    toggle: () => void,
    /** The visitor is about to press it. */
    near: () => void,
  ) {
    this.#button.onclick = toggle;
    this.#button.onpointerenter = this.#button.onfocus = near;
  }

  focus(): void {
    this.#button.focus();
  }

  draw(state: LauncherState): void {
    const drawn = JSON.stringify(state);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const { texts } = this;
    const { open, unread, loading, failed } = state;
    const news = unread && !open ? texts.unread(unread) : "";
    const button = this.#button;
    set(button, {
      class: open ? "launcher opened" : "launcher",
      "aria-label": open ? texts.closeChat : texts.openChat + (news && `, ${news}`),
      "aria-expanded": open,
      "aria-busy": loading,
    });
    button.replaceChildren(drawing(open ? DOWN : BUBBLE));
    if (news) {
      const badge = element("span", { class: "badge" });
      badge.textContent = unread > 99 ? "99+" : String(unread);
      button.append(badge);
    }
    this.#news.textContent = news;
    this.#fault.textContent = failed ? texts.partFailed : "";
    if (!button.isConnected) this.root.append(button, this.#fault, this.#news);
  }
}

type Attributes = Record<string, string | number | boolean>;

function set(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, String(value));
}

function element<Name extends "button" | "p" | "span">(
  name: Name,
  attributes: Attributes,
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  set(made, attributes);
  return made;
}

function drawing(paths: readonly string[]): Element {
  const picture = document.createElementNS(SVG, "svg");
  set(picture, { width: 26, height: 26, viewBox: "0 0 24 24", "aria-hidden": true });
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    set(path, { d });
    picture.append(path);
  }
  return picture;
}
