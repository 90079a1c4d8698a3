/** The form before the first message: it takes the place of the greeting and the composer. */

import { isPhone } from "../../ui/screen";
import type { WidgetView } from "../view";

/** Whether the visitor is asked now. A refused answer is corrected in the form. */
export function asksFirst({ settings, chat, wasConnected }: WidgetView): boolean {
  const { conversation, unsent } = chat.state;
  // The server says whether there was a conversation before, except of a visitor who was never here.
  const isNew = wasConnected || !chat.parts.memory.key;
  return !!settings?.pre_chat && isNew && !conversation && unsent.every((one) => one.form && one.refused);
}

export class FirstForm {
  readonly #box = document.createElement("div");

  constructor() {
    this.#box.className = "form first";
  }

  /** Puts the box into the open window or removes it. The runtime of the window leaves foreign nodes where they are. */
  place(frame: HTMLElement, asks: boolean): void {
    const window = frame.querySelector(".window");
    window?.classList.toggle("asks", asks);
    const lines = window?.querySelector(".lines");
    if (asks && lines) {
      if (this.#box.parentNode !== lines) lines.append(this.#box);
    } else if (this.#box.isConnected) {
      const focused = this.#box.contains((this.#box.getRootNode() as ShadowRoot).activeElement);
      this.#box.remove();
      // As when the window is opened: on phones the keyboard would cover the messages.
      if (focused) window?.querySelector<HTMLElement>(isPhone() ? ".round" : "textarea")?.focus();
    }
  }
}
