/** The state of a visitor's chat. */

import type { Content, Id, MessageKind, Meta, Person, Status } from "../wire/frames";

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
  readonly content?: Content | null; // not sent by older servers
  readonly version?: number; // the change of the conversation that altered it; absent: none that is known
  readonly edited_at?: number | null;
  readonly redacted_at?: number | null; // then the body is empty
}

/** A text that the server has not confirmed yet (shown optimistically). */
export interface Unsent {
  readonly ref: Id;
  readonly body: string;
  readonly at: number;
  /** The error code of a permanent refusal; 0: the text is being sent. */
  readonly refused: number;
}

export interface Conversation {
  readonly id: Id;
  readonly status: Status;
  readonly assignee_name: string | null;
  readonly last_change?: number; // absent: none seen yet, so a server that counted any has news
}

export interface Typist extends Person {
  readonly until: number;
}

export interface ChatState {
  readonly visitor: Id | null;
  readonly conversation: Conversation | null;
  /** Ascending by `seq`, without duplicates; the newest RING messages and older pages that were loaded. */
  readonly messages: readonly Message[];
  readonly unsent: readonly Unsent[];
  readonly hasOlder: boolean;
  /** Every message up to this `seq` is held or is not for visitors: `seq` has holes where agents left notes. */
  readonly covered: number;
  /** The highest `seq` received in any frame or page. */
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

/** The number of messages of others that the visitor has not read. */
export function unread(state: ChatState): number {
  return state.messages.filter((message) => message.seq > state.readSeq && message.author.party !== "visitor").length;
}
