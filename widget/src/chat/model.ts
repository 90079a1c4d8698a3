/** What a visitor's chat knows, as one value. */

import type { Id, MessageKind, Meta, Person, Status } from "../wire/frames";

export const RING = 500; // messages kept
export const TYPING_EXPIRY = 6_000; // ms

export interface Message {
  readonly seq: number;
  readonly id: Id;
  readonly ref: Id | null;
  readonly author: Person;
  readonly at: number;
  readonly kind: MessageKind;
  readonly body: string;
  readonly meta: Meta;
}

/** A text that is not known to be stored yet. */
export interface Unsent {
  readonly ref: Id;
  readonly body: string;
  readonly at: number;
  /** The error code with which the server refused it for good; 0: it is on its way. */
  readonly refused: number;
}

export interface Conversation {
  readonly id: Id;
  readonly status: Status;
  readonly assignee_name: string | null;
}

export interface Typist {
  readonly id: Id;
  readonly name: string;
  readonly until: number;
}

export interface ChatState {
  readonly visitor: Id | null;
  readonly conversation: Conversation | null;
  /** Ascending by `seq`, each once; the newest RING and what was paged in before them. */
  readonly messages: readonly Message[];
  readonly unsent: readonly Unsent[];
  readonly hasOlder: boolean;
  /** Everything up to here is held or is not for visitors: `seq` has holes where agents left notes. */
  readonly covered: number;
  /** The highest `seq` heard of. */
  readonly lastSeq: number;
  readonly readSeq: number; // by the visitor
  readonly agentReadSeq: number;
  readonly typing: readonly Typist[];
  readonly agentsOnline: number;
}

export const EMPTY: ChatState = {
  visitor: null,
  conversation: null,
  messages: [],
  unsent: [],
  hasOlder: false,
  covered: 0,
  lastSeq: 0,
  readSeq: 0,
  agentReadSeq: 0,
  typing: [],
  agentsOnline: 0,
};

/** How many messages of others the visitor has not seen. */
export function unread(state: ChatState): number {
  return state.messages.filter((message) => message.seq > state.readSeq && message.author.party !== "visitor").length;
}
