/** The part that notifies a visitor who is not looking: a preview of the message, a count in the page's title, a sound.
 *  Best effort: a failure here must not stop the message that it announces. */

import type { Alarm } from "../../chat/alarm";
import { needsNewer } from "../../chat/content";
import type { Chat } from "../../chat/chat";
import { truncate } from "../../chat/truncate";
import type { Message } from "../../chat/model";
import { unread } from "../../chat/model";
import { parse, plainText } from "../../ui/markdown";
import type { HostApi, PageNow, Settings } from "../../host/api";
import { chime } from "../../ui/chime";
import { drawing, made, set, write } from "../elements";
import styles from "../notice.css";
import { countInTitle, withoutNumber } from "../title";

const MIN_INTERVAL = 1_500; // ms between two sounds, across tabs: a burst rings once
const READ_GRACE = 400; // ms for another tab that shows the message to send its read mark
const MAX_PREVIEW = 200; // characters; the style sheet truncates further
const CROSS = "M6 6l12 12M18 6 6 18";
const SPEAKER = "M4 10v4h4l5 4V6L8 10Z";
const LOUD = `${SPEAKER}M16.5 9a4 4 0 0 1 0 6`;
const MUTE = `${SPEAKER}m12.5 0 4 4m0-4-4 4`;

const TEXTS = {
  en: {
    agent: "Support",
    assistant: "Assistant",
    newer: "Reload the page to see this message.",
    close: "Close the preview",
    mute: "Turn sound off",
    loud: "Turn sound on",
  },
  vi: {
    agent: "Hỗ trợ",
    assistant: "Trợ lý AI",
    newer: "Hãy tải lại trang để xem tin nhắn này.",
    close: "Đóng bản xem trước",
    mute: "Tắt âm thanh",
    loud: "Bật âm thanh",
  },
};

/** The subset of the widget that is used here. */
export interface NoticeView {
  readonly host: HostApi;
  readonly chat: Chat;
  readonly language: string;
  readonly isOpen: boolean;
  readonly settings: Settings | null;
  open(): void;
}

export class Notice {
  readonly #card = made("div", { class: "preview teaser", hidden: "" }) as HTMLElement;
  readonly #name = document.createElement("bdi");
  readonly #text = made("span", { dir: "auto" });
  // Attached while empty: a live region that is attached together with its text is not announced.
  readonly #liveRegion = made("p", { class: "unseen", role: "status" });
  readonly #sound = made("button", { type: "button" }) as HTMLElement;
  readonly #speaker = drawing(16);
  readonly #texts: (typeof TEXTS)["en"];
  readonly #muteName: string;
  readonly #settled: Alarm;
  #dismissed = false;
  #shown: Pick<Message, "seq" | "version"> = { seq: 0 };
  #soundedAt = -Infinity;

  constructor(
    private readonly widget: NoticeView,
    element: { readonly frame: HTMLElement; adopt(styles: string): void },
    launcher: { focus(): void },
  ) {
    const { language, host } = widget;
    this.#texts = TEXTS[language.startsWith("vi") ? "vi" : "en"];
    this.#settled = widget.chat.alarm(() => this.#call());
    this.#muteName = `parley:${host.project}:muted`;
    const open = made("button", { type: "button" }) as HTMLElement;
    const name = made("b", {});
    name.append(this.#name);
    open.append(name, this.#text);
    open.onclick = () => widget.open();
    this.#sound.append(this.#speaker.picture);
    this.#sound.onclick = () => {
      host.local.write(this.#muteName, this.#muted ? null : "1");
      this.#drawSound();
    };
    const close = made("button", { type: "button", "aria-label": this.#texts.close }) as HTMLElement;
    const cross = drawing(16);
    set(cross.path, { d: CROSS });
    close.append(cross.picture);
    close.onclick = () => {
      this.#dismissed = true;
      this.draw();
      launcher.focus();
    };
    this.#card.append(open, ...(this.#silent ? [] : [this.#sound]), close);
    element.adopt(styles);
    element.frame.append(this.#card, this.#liveRegion);
    addEventListener("focus", this.#looked);
    document.addEventListener("visibilitychange", this.#looked);
  }

  /** A message of an agent or the assistant has arrived. */
  arrived(message: Pick<Message, "seq" | "author" | "body" | "content">): void {
    const { author } = message;
    const { agent, assistant } = this.#texts;
    write(this.#name, author.name || (author.party === "assistant" ? assistant : agent));
    this.#write(message);
    this.#dismissed = false;
    this.#drawSound();
    this.draw();
    if (!looking()) countInTitle(unread(this.widget.chat.state));
    if (!this.#settled.isSet) this.#settled.set(READ_GRACE);
  }

  /** Removes the preview when the message was read or the window was opened. */
  draw(): void {
    const { state } = this.widget.chat;
    const count = unread(state);
    const held = state.messages.find(({ seq }) => seq === this.#shown.seq);
    if (held?.version !== this.#shown.version && held) {
      this.#write(held);
      this.#dismissed ||= !!held.redacted_at;
    }
    this.#card.hidden = this.widget.isOpen || this.#dismissed || count === 0;
    if (this.#card.hidden) write(this.#liveRegion, "");
    if (count === 0) countInTitle(0);
  }

  /** The page's own title. */
  unmarked(page: PageNow): PageNow {
    return { ...page, title: withoutNumber(page.title) };
  }

  stop(): void {
    this.#settled.clear();
    countInTitle(0);
    removeEventListener("focus", this.#looked);
    document.removeEventListener("visibilitychange", this.#looked);
  }

  readonly #looked = (): void => {
    if (looking()) countInTitle(0);
  };

  /** The customer has switched the sound off. */
  get #silent(): boolean {
    const { host, settings } = this.widget;
    return host.choices?.["sound"] === "off" || !(host.look?.sound ?? settings?.appearance?.sound ?? true);
  }

  get #muted(): boolean {
    return this.#silent || this.widget.host.local.read(this.#muteName) !== null;
  }

  /** The text of the message, or of what became of it. */
  #write(message: Pick<Message, "seq" | "version" | "body" | "content">): void {
    const { seq, version, body, content } = message;
    this.#shown = { seq, version };
    const text = needsNewer(content) ? this.#texts.newer : firstLine(plainText(parse(body)));
    write(this.#text, truncate(text, MAX_PREVIEW));
  }

  #drawSound(): void {
    set(this.#sound, { "aria-label": this.#muted ? this.#texts.loud : this.#texts.mute });
    set(this.#speaker.path, { d: this.#muted ? MUTE : LOUD });
  }

  /** A message that was read meanwhile, also in another tab, is not announced. */
  #call(): void {
    if (unread(this.widget.chat.state) === 0) return;
    if (!this.#card.hidden) write(this.#liveRegion, `${this.#name.textContent}: ${this.#text.textContent}`);
    void this.#ring().catch(() => undefined);
  }

  /** Once across all tabs of the visitor: the tab that holds the Web Lock rings, and keeps the lock until the next
   *  sound is allowed. */
  async #ring(): Promise<void> {
    // Browsers allow no sound before the first user gesture; it is dropped, because a late sound would be misleading.
    if (this.#muted || navigator.userActivation?.hasBeenActive === false) return;
    const { world, project } = this.widget.host;
    if (!("locks" in navigator)) return this.#play(world.monotonic());
    await navigator.locks.request(`parley:${project}:sound`, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      this.#play(world.monotonic());
      await new Promise<void>((over) => world.after(MIN_INTERVAL, over));
    });
  }

  #play(now: number): void {
    if (now - this.#soundedAt < MIN_INTERVAL) return;
    this.#soundedAt = now;
    const context = new AudioContext();
    chime(context);
    this.widget.host.world.after(MIN_INTERVAL, () => void context.close().catch(() => undefined));
  }
}

/** "" when all lines are blank. */
export function firstLine(text: string): string {
  return /\S.*/.exec(text)?.[0].trimEnd() ?? "";
}

function looking(): boolean {
  return !document.hidden && document.hasFocus();
}
