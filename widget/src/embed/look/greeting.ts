/** The greeting: a card beside the closed launcher, once a session, until it is dismissed or the chat is opened. */

import { drawing, made, set, write } from "../elements";
import type { LookTexts } from "./texts";
import type { LookView } from "./view";

const CROSS = "M6 6l12 12M18 6 6 18";

export class Greeting {
  readonly #card = made("div", { class: "greeting teaser", role: "status", hidden: "" }) as HTMLElement;
  readonly #open = made("button", { type: "button", dir: "auto" }) as HTMLElement;
  #over: boolean;
  #text = "";
  #cancel: (() => void) | null = null;
  #due = false;
  #asks = false;

  constructor(
    private readonly widget: LookView,
    texts: LookTexts,
  ) {
    const { host } = widget;
    const name = `parley:${host.project}:greeted`;
    this.#over = host.session.read(name) !== null;
    this.#open.onclick = () => widget.open();
    const close = made("button", { type: "button", "aria-label": texts.close }) as HTMLElement;
    const cross = drawing(16);
    set(cross.path, { d: CROSS });
    close.append(cross.picture);
    close.onclick = () => {
      this.#over = true;
      // Before consent nothing is stored: then the greeting comes back with the next page.
      if (!this.#asks) host.session.write(name, "1");
      this.draw();
      widget.element.frame.querySelector<HTMLElement>(".launcher")?.focus();
    };
    this.#card.append(this.#open, close);
  }

  /** `text` "": none. `after` in seconds. `asks`: nothing is stored before the visitor opens the chat. */
  set(text: string, after: number, asks: boolean): void {
    this.#asks = asks;
    if (text && !this.#cancel) {
      this.#cancel = this.widget.host.world.after(after * 1_000, () => {
        this.#due = true;
        this.draw();
      });
    }
    this.#text = text;
    this.draw();
  }

  draw(): void {
    const { widget } = this;
    const { frame } = widget.element;
    this.#over ||= widget.isOpen;
    const hidden =
      !this.#due ||
      !this.#text ||
      this.#over ||
      !!widget.chat.state.conversation ||
      !!frame.querySelector(".preview:not([hidden])");
    if (!hidden && !this.#card.isConnected) frame.append(this.#card);
    if (this.#card.hidden !== hidden) this.#card.hidden = hidden;
    write(this.#open, hidden ? "" : this.#text);
  }

  stop(): void {
    this.#cancel?.();
    this.#card.remove();
  }
}
