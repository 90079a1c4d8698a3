/** Hop 1: the facts (custom attributes) that the page sets for its visitor; sent as `identify`, once per tab for each
 *  change. Loaded with the part "identify": most pages set none. */

import type { Meta } from "../wire/frames";
import { FACTS_CLIENT_FRAMES, IDENTIFY_INTERVAL_MS, LIMIT_VISITOR_FRAME } from "../wire/frames";
import type { Alarm } from "./alarm";
import type { Chat, ChatFacts } from "./chat";

const MAX_BYTES = 4_096; // bytes as JSON, the limit of the server; far below the limit of a frame
const FRAME_BYTES = 100; // of a text's frame besides its body and the facts
const utf8 = new TextEncoder();
const bytesOf = (text: string) => utf8.encode(text).length;

/** The first facts, as many as the server keeps. */
function fitting(facts: Meta): Meta {
  const kept = Object.entries(facts);
  while (bytesOf(JSON.stringify(Object.fromEntries(kept))) > MAX_BYTES) kept.pop();
  return Object.fromEntries(kept);
}

export class Facts implements ChatFacts {
  #facts: Meta = {};
  #sentAt = -Infinity;
  readonly #alarm: Alarm;

  constructor(private readonly chat: Chat) {
    chat.learn(FACTS_CLIENT_FRAMES);
    this.#alarm = chat.alarm(() => this.send());
  }

  get value(): Meta {
    return this.#facts;
  }

  set value(facts: Meta) {
    this.#facts = fitting(facts);
    this.#alarm.set(this.#sentAt + IDENTIFY_INTERVAL_MS - this.chat.parts.platform.monotonic());
  }

  /** Sent with every text, unless the frame would be too large, which closes the connection each time: the text matters
   *  more. On the wire the facts take at most the bytes that they take as JSON. */
  beside(body: string): Meta | undefined {
    const bytes = bytesOf(body) + bytesOf(JSON.stringify(this.#facts)) + FRAME_BYTES;
    return bytes > LIMIT_VISITOR_FRAME ? undefined : this.#facts;
  }

  stop(): void {
    this.#alarm.clear();
  }

  /** Sends the facts unless they were already sent; without a conversation they are sent with its first text. */
  send(): void {
    const { state, serverTakesFacts, parts } = this.chat;
    const { memory, platform } = parts;
    const name = `${memory.prefix}said`;
    const sent = JSON.stringify([state.visitor, this.#facts]);
    if (!serverTakesFacts || !state.conversation || sent === memory.session.read(name)) return;
    if (!this.chat.transmit({ type: "identify", facts: this.#facts })) return;
    memory.session.write(name, sent);
    this.#sentAt = platform.monotonic();
  }
}
