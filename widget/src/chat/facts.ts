/** Hop 1: what the page says of its visitor; told between two texts, once a tab for what is new. */

import type { ClientFrame, Meta } from "../wire/frames";
import { PAGE_INTERVAL_MS } from "../wire/frames";
import type { Surroundings } from "../wire/surroundings";
import { Alarm } from "./alarm";
import type { Memory } from "./memory";
import type { ChatState } from "./model";

const KEPT = 4_096; // bytes as JSON, as the server keeps; far below what a frame may have
const utf8 = new TextEncoder();

/** As many as the server keeps, the first ones first. */
function fitting(facts: Meta): Meta {
  const kept = Object.entries(facts);
  while (utf8.encode(JSON.stringify(Object.fromEntries(kept))).length > KEPT) kept.pop();
  return Object.fromEntries(kept);
}

export class Facts {
  #facts: Meta | undefined;
  #understood = false; // by the server of this connection
  #sentAt = -Infinity;
  readonly #alarm: Alarm;

  constructor(
    private readonly parts: { readonly world: Surroundings; readonly memory: Memory },
    private readonly state: () => ChatState,
    private readonly socket: { send(frame: ClientFrame): boolean },
  ) {
    this.#alarm = new Alarm(parts.world, () => this.#say());
  }

  /** They go with every text. */
  get value(): Meta | undefined {
    return this.#facts;
  }

  set value(facts: Meta | undefined) {
    this.#facts = facts && fitting(facts);
    this.#alarm.set(this.#sentAt + PAGE_INTERVAL_MS - this.parts.world.monotonic());
  }

  welcomed(understood: boolean | undefined): void {
    this.#understood = understood === true;
    this.#say();
  }

  stop(): void {
    this.#alarm.clear();
  }

  /** Without a conversation they go with its first text. */
  #say(): void {
    const { visitor, conversation } = this.state();
    const facts = this.#facts;
    const said = JSON.stringify([visitor, facts]);
    const { memory } = this.parts;
    if (!facts || !this.#understood || !conversation || said === memory.said) return;
    if (!this.socket.send({ type: "identify", facts })) return;
    memory.said = said;
    this.#sentAt = this.parts.world.monotonic();
  }
}
