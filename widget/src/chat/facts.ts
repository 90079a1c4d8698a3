/** Hop 1: the facts (custom attributes) that the page sets for its visitor; sent as `identify`, once per tab for each
 *  change. Loaded with the part "identify": most pages set none. */

import type { Meta } from "../wire/frames";
import { IDENTIFY_INTERVAL_MS } from "../wire/frames";
import { Alarm } from "./alarm";
import type { Chat, ChatFacts } from "./chat";

const MAX_BYTES = 4_096; // bytes as JSON, the limit of the server; far below the limit of a frame
const utf8 = new TextEncoder();

/** The first facts, as many as the server keeps. */
function fitting(facts: Meta): Meta {
  const kept = Object.entries(facts);
  while (utf8.encode(JSON.stringify(Object.fromEntries(kept))).length > MAX_BYTES) kept.pop();
  return Object.fromEntries(kept);
}

export class Facts implements ChatFacts {
  #facts: Meta = {};
  #sentAt = -Infinity;
  readonly #alarm: Alarm;

  constructor(private readonly chat: Chat) {
    this.#alarm = new Alarm(chat.parts.platform, () => this.send());
  }

  /** Sent with every text. */
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

  /** Sends the facts unless they were already sent; without a conversation they are sent with its first text. */
  send(): void {
    const { state, serverTakesFacts, parts } = this.chat;
    const { memory, platform } = parts;
    const sent = JSON.stringify([state.visitor, this.#facts]);
    if (!serverTakesFacts || !state.conversation || sent === memory.sent) return;
    if (!this.chat.transmit({ type: "identify", facts: this.#facts })) return;
    memory.sent = sent;
    this.#sentAt = platform.monotonic();
  }
}
