/** Hops 1 and 9: typing signals of the visitor and of agents. Part of the open window, not of the first load: nothing
 *  else shows them. */

import type { Alarm } from "./alarm";
import type { ServerTypingFrame } from "../wire/frames";
import type { Chat } from "./chat";

const REPEAT_INTERVAL = 3_000; // ms between two `typing` frames
const TYPING_EXPIRY = 6_000; // ms after which the signal of an agent ends without another one
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

/** An agent began or stopped typing. */
export function typing(chat: Chat, { conversation, who, on }: ServerTypingFrame): void {
  if (who.party === "visitor") return;
  chat.dispatch((state) => {
    if (state.conversation?.id !== conversation) return state;
    const others = state.typing.filter(({ id }) => id !== who.id);
    return { ...state, typing: on ? [...others, who] : others };
  });
  // A later signal has put another object in its place, with a timer of its own.
  chat.parts.platform.after(TYPING_EXPIRY, () =>
    chat.dispatch((state) => ({ ...state, typing: state.typing.filter((one) => one !== who) })),
  );
}
