/** Hop 1: sends typing signals of the visitor. Part of the open window, not of the first load. */

import type { Alarm } from "./alarm";
import type { Chat } from "./chat";

const REPEAT_INTERVAL = 3_000; // ms between two `typing` frames
const IDLE_TIMEOUT = 4_000; // ms without a key press after which typing ends

export class TypingSignal {
  readonly #idleAlarm: Alarm;
  #sentAt = -Infinity; // -Infinity: not typing

  constructor(private readonly chat: Chat) {
    this.#idleAlarm = chat.alarm(() => this.stop());
  }

  /** The visitor pressed a key. */
  typed(): void {
    const now = this.chat.parts.platform.monotonic();
    if (now - this.#sentAt >= REPEAT_INTERVAL && this.#send(true)) this.#sentAt = now;
    this.#idleAlarm.set(IDLE_TIMEOUT);
  }

  stop(): void {
    this.#idleAlarm.clear();
    if (this.#sentAt > -Infinity) this.#send(false);
    this.#sentAt = -Infinity;
  }

  #send(on: boolean): boolean {
    return this.chat.transmit({ type: "typing", conversation: this.chat.state.conversation?.id ?? null, on });
  }
}
