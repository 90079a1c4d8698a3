/** What this browser stores: the visitor and their key (localStorage), and the chat as this tab showed it last
 *  (sessionStorage). */

import { EMPTY } from "./model";
import type { ChatState } from "./model";
import type { Store } from "./storage";

const MAX_STORED = 50; // messages that a reload shows at once

export class Memory {
  readonly #keyName: string;
  readonly #visitorName: string;
  readonly #shownName: string;
  readonly #sentFactsName: string;
  #held: { key: string; visitor: string } | null = null; // used when storage is switched off

  constructor(
    private readonly local: Store,
    private readonly session: Store,
    project: string,
  ) {
    this.#keyName = `parley:${project}:key`;
    this.#visitorName = `parley:${project}:visitor`;
    this.#shownName = `parley:${project}:shown`;
    this.#sentFactsName = `parley:${project}:said`;
  }

  get key(): string | null {
    return this.local.read(this.#keyName) ?? this.#held?.key ?? null;
  }

  get visitor(): string | null {
    return this.local.read(this.#visitorName) ?? this.#held?.visitor ?? null;
  }

  keep(key: string, visitor: string): void {
    this.#held = { key, visitor };
    this.local.write(this.#keyName, key);
    // written last: when other tabs get its storage event, the key is already there
    this.local.write(this.#visitorName, visitor);
  }

  /** The facts that this tab sent last. */
  get sent(): string | null {
    return this.session.read(this.#sentFactsName);
  }

  set sent(facts: string | null) {
    this.session.write(this.#sentFactsName, facts);
  }

  forget(): void {
    this.#held = null;
    for (const name of [this.#keyName, this.#visitorName]) this.local.write(name, null);
    this.session.write(this.#shownName, null);
    this.sent = null;
  }

  /** Whether a storage event shows that another tab has stored a different visitor. */
  isOtherVisitor(name: string | null, value: string | null, mine: string | null): boolean {
    return name === this.#visitorName && value !== null && mine !== null && value !== mine;
  }

  /** Stores the chat, so that a reload shows it at once and fetches only what is new. */
  show(state: ChatState): void {
    const messages = state.messages.slice(-MAX_STORED);
    const hasOlder = state.hasOlder || messages.length < state.messages.length;
    this.session.write(this.#shownName, JSON.stringify({ ...state, messages, hasOlder, unsent: [], typing: [] }));
  }

  shown(): ChatState {
    try {
      const state = JSON.parse(this.session.read(this.#shownName) ?? "null") as ChatState | null;
      return state && state.visitor === this.visitor && Array.isArray(state.messages) ? { ...EMPTY, ...state } : EMPTY;
    } catch {
      return EMPTY;
    }
  }
}
