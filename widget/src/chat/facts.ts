/** Hop 1: what the page says of its visitor; sent between two texts, once a tab for what is new. Comes with the part
 *  "identify": most pages say nothing. */

import type { Meta } from "../wire/frames";
import { IDENTIFY_INTERVAL_MS } from "../wire/frames";
import { Alarm } from "./alarm";
import type { Chat, ChatFacts } from "./chat";

const KEPT = 4_096; // bytes as JSON, as the server keeps; far below what a frame may have
const utf8 = new TextEncoder();

/** As many as the server keeps, the first ones first. */
function fitting(facts: Meta): Meta {
  const kept = Object.entries(facts);
  while (utf8.encode(JSON.stringify(Object.fromEntries(kept))).length > KEPT) kept.pop();
  return Object.fromEntries(kept);
}

export class Facts implements ChatFacts {
  #facts: Meta = {};
  #sentAt = -Infinity;
  readonly #alarm: Alarm;

  constructor(private readonly chat: Chat) {
    this.#alarm = new Alarm(chat.parts.platform, () => this.say());
  }

  /** They go with every text. */
  get value(): Meta {
    return this.#facts;
  }

  set value(facts: Meta) {
    this.#facts = fitting(facts);
    this.#alarm.set(this.#sentAt + IDENTIFY_INTERVAL_MS - this.chat.parts.platform.monotonic());
  }

  stop(): void {
    this.#alarm.clear();
  }

  /** Sends them, unless they were; without a conversation they go with its first text. */
  say(): void {
    const { state, serverTakesFacts, parts } = this.chat;
    const { memory, platform } = parts;
    const said = JSON.stringify([state.visitor, this.#facts]);
    if (!serverTakesFacts || !state.conversation || said === memory.said) return;
    if (!this.chat.transmit({ type: "identify", facts: this.#facts })) return;
    memory.said = said;
    this.#sentAt = platform.monotonic();
  }
}
