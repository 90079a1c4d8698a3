/** The state of a visitor's chat. */

import type { FieldErrors, Values } from "../forms/fields";
import type { Content, FormChange, Id, MessageKind, Meta, Person, Status } from "../wire/frames";

export const RING = 500; // messages kept

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

/** The answers to a form, as the frame `answer` carries them. */
export interface Answers {
  readonly conversation: Id | null;
  readonly request: Id | null; // null: a form before the first message
  readonly template?: Id | undefined;
  readonly values: Values;
  readonly body: string; // in plain text, shown until the server has stored them
}

/** Uploaded files and their caption, as the frame `attach` carries them. */
export interface Attachments {
  readonly type: "attach";
  readonly files: Id[];
  readonly body: string; // the caption, or empty
  // Until the history gives them.
  readonly shown: string; // the caption, or the names
  readonly content: Content;
}

/** A text, the answers to a form, or files, that the server has not confirmed yet (shown optimistically). */
export interface Unsent {
  readonly ref: Id;
  readonly body: string;
  readonly at: number;
  /** The error code of a permanent refusal; 0: the text is being sent. */
  readonly refused: number;
  readonly form?: Answers | undefined; // then `body` is empty
  readonly attached?: Attachments | undefined; // likewise
  readonly article?: Id | undefined; // that a text is about
  readonly errors?: FieldErrors | undefined; // of a refused form
}

export interface Conversation {
  readonly id: Id;
  readonly status: Status;
  readonly assignee_name: string | null;
  readonly owner?: string | null | undefined; // who answers: `assistant` or `person`; absent: the assistant never did
  readonly last_change?: number; // absent: none seen yet, so a server that counted any has news
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
  readonly typing: readonly Person[];
  readonly agentsOnline: number;
  /** Forms that changed, by the message that asked or that was corrected: newer than the message. */
  readonly forms: Readonly<Record<Id, FormChange>>;
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
  forms: {},
};

/** The number of messages of others that the visitor has not read. */
export function unread(state: ChatState): number {
  return state.messages.filter((message) => message.seq > state.readSeq && message.author.party !== "visitor").length;
}
