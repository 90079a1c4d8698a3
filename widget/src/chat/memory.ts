/** What this browser stores: the visitor and their key (localStorage), and the chat as this tab showed it last
 *  (sessionStorage). */

import { EMPTY } from "./model";
import type { ChatState } from "./model";
import type { Store } from "./storage";

const MAX_STORED = 50; // messages that a reload shows at once

export class Memory {
  #held: { key: string; visitor: string } | null = null; // used when storage is switched off

  /** `prefix`: of the names in both stores. */
  constructor(
    private readonly local: Store,
    readonly session: Store,
    readonly prefix: string,
  ) {}

  get key(): string | null {
    return this.local.read(`${this.prefix}key`) ?? this.#held?.key ?? null;
  }

  get visitor(): string | null {
    return this.local.read(`${this.prefix}visitor`) ?? this.#held?.visitor ?? null;
  }

  keep(key: string, visitor: string): void {
    this.#held = { key, visitor };
    this.#write(key, visitor);
  }

  forget(): void {
    this.#held = null;
    this.#write(null, null);
    this.session.write(`${this.prefix}shown`, null);
  }

  #write(key: string | null, visitor: string | null): void {
    this.local.write(`${this.prefix}key`, key);
    // written last: when other tabs get its storage event, the key is already there
    this.local.write(`${this.prefix}visitor`, visitor);
  }

  /** Whether a storage event shows that another tab has stored a different visitor. */
  isOtherVisitor(name: string | null, value: string | null, mine: string | null): boolean {
    return name === `${this.prefix}visitor` && value !== null && mine !== null && value !== mine;
  }

  /** Stores the chat, so that a reload shows it at once and fetches only what is new. */
  show(state: ChatState): void {
    const messages = state.messages.slice(-MAX_STORED);
    const hasOlder = state.hasOlder || messages.length < state.messages.length;
    this.session.write(`${this.prefix}shown`, JSON.stringify({ ...state, messages, hasOlder, unsent: [], typing: [] }));
  }

  shown(): ChatState {
    try {
      const state = JSON.parse(this.session.read(`${this.prefix}shown`) ?? "null") as ChatState | null;
      return state && state.visitor === this.visitor && Array.isArray(state.messages) ? { ...EMPTY, ...state } : EMPTY;
    } catch {
      return EMPTY;
    }
  }
}
