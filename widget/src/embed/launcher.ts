/** The launcher: the button in the corner and its badge, drawn without Preact. A page needs nothing else until the
 *  window opens. */

import { drawing, made, set, write } from "./elements";
import type { LauncherTexts } from "./texts/en";

/** Paths of drawings; the window has the same. */
export const PATHS = {
  bubble:
    "M20.5 11.5a8 8 0 0 1-8.5 7.4 9.4 9.4 0 0 1-3.3-.6L4 19.9l1.3-3.9a7 7 0 0 1-1.8-4.5A8 8 0 0 1 12 4a8 8 0 0 1 8.5 7.5ZM9 10.2h6M9 13.4h3.6",
  down: "m6 9 6 6 6-6",
};

export interface LauncherState {
  readonly open: boolean;
  readonly unread: number;
  /** The visitor has opened the chat, and the window is still loading. */
  readonly loading: boolean;
  /** The window could not be loaded. */
  readonly failed: boolean;
}

export class Launcher {
  readonly #button = made("button", { type: "button" });
  readonly #drawing = drawing(26);
  readonly #badge = made("span", { class: "badge" });
  readonly #fault = made("p", { class: "fault", role: "alert" });
  readonly #news = made("p", { class: "unseen", role: "status" });

  constructor(
    private readonly parent: Element,
    private readonly texts: LauncherTexts,
    toggle: () => void,
    /** The pointer or focus is on the launcher: a hint to prefetch the window. */
    near: () => void,
  ) {
    const button = this.#button as HTMLElement;
    button.onclick = toggle;
    button.onpointerenter = button.onfocus = near;
    button.append(this.#drawing.picture, this.#badge);
  }

  focus(): void {
    (this.#button as HTMLElement).focus();
  }

  draw({ open, unread, loading, failed }: LauncherState): void {
    const { texts } = this;
    const news = unread && !open ? texts.unread(unread) : "";
    set(this.#button, {
      class: open ? "launcher opened" : "launcher",
      "aria-label": open ? texts.closeChat : texts.openChat + (news && `, ${news}`),
      "aria-expanded": open,
      "aria-busy": loading,
    });
    set(this.#drawing.path, { d: open ? PATHS.down : PATHS.bubble });
    write(this.#badge, news && (unread > 99 ? "99+" : String(unread)));
    write(this.#news, news);
    write(this.#fault, failed ? texts.partFailed : "");
    if (!this.#button.isConnected) this.parent.append(this.#button, this.#fault, this.#news);
  }
}
