/** The dashboard's state: REST resources with REST's field names, and the state of this screen. */

import type {
  Author,
  ChangedOwner,
  Change as RestChange,
  Conversation as RestConversation,
  Id,
  LastMessage,
  Member,
  Mentioned,
  Message as RestMessage,
  Person as Assignee,
  Reply as RestReply,
  StatusChange,
  Tag,
  UnreadCounts as RestUnreadCounts,
  Visitor,
} from "../../rest/types";
import type { StoredFile } from "../../attachments/files";
import { NO_STREAMS, type Streams } from "../../chat/stream";
import type { FormChange, MessageKind as Kind, Party } from "../../wire/frames";
import type { FilterKey } from "./filter";

export type { Assignee, Id, Kind, Member, Party, Visitor };

/** What a `touched` frame names; a later server has others. */
export type Resource = Tag | (string & {});

export type Status = StatusChange["status"];
export const STATUSES = ["open", "pending", "solved", "spam"] as const satisfies readonly Status[];
export type Facts = NonNullable<Visitor["facts"]>;

// REST says `string` for parties and kinds. The wire's open unions name the values known here; a later server may send
// new ones, and the text is still shown.

export interface Person extends Author {
  readonly party: Party;
}

export interface Last extends LastMessage {
  readonly kind: Kind;
  readonly author: Person;
}

export interface Conversation extends RestConversation {
  readonly last_message?: Last | null; // the author of the snippet; missing from older servers
}

/** What became of a message that was edited or redacted. */
export type Altered = Pick<Message, "seq" | "body" | "content" | "edited_at" | "redacted_at"> & {
  readonly version: number;
};

/** Without `meta`: what a visitor's message reports goes to the visitor's facts. */
export interface Message extends Omit<RestMessage, "meta"> {
  readonly author: Person;
  readonly kind: Kind;
}

/** An optimistic reply that REST has not confirmed yet; `ref` makes a retry idempotent. */
export interface Reply extends Required<Omit<RestReply, "mentions">> {
  readonly mentions?: readonly Mentioned[]; // in a note
  readonly attached?: { readonly files: readonly StoredFile[]; readonly caption: string };
  readonly at: number;
  readonly failed: boolean;
  readonly resend?: boolean; // failed because of the connection: sent again automatically when it is back
}

/** A change of status, assignee or owner; shown after message `seq`. Without `id`: the frame of a change has none. */
export interface Change extends Omit<RestChange, "id" | "by"> {
  readonly by: Person | null; // null: sent by an older server
}

/** Who answers from now on, and why: an open word. */
export type OwnerChange = ChangedOwner;

/** Conversations with something unread. `complete` is not shown. */
export type UnreadCounts = Omit<RestUnreadCounts, "complete">;

export interface Unread {
  readonly counts: UnreadCounts | null; // null: not loaded yet
  readonly moves: number; // counts local changes of the numbers, to detect responses that are older
  readonly marks: ReadonlyMap<Id, number>; // read here, not confirmed by the server yet (optimistic)
  readonly unsure: boolean; // the numbers arrived while marks were unconfirmed
}

export type Loading = "idle" | "busy" | "failed";

/** A contiguous run of one conversation's messages, ascending by `seq`. */
export interface Thread {
  readonly messages: readonly Message[];
  readonly replies: readonly Reply[];
  readonly changes: readonly Change[];
  readonly loaded: boolean;
  readonly loading: Loading;
  readonly older: boolean; // REST has more before the first
  readonly change: number; // every edit and redaction up to this change of the conversation is in it
  readonly delivered: number; // a socket of the visitor is known to have everything up to this seq
  readonly seen: number; // the agent's read mark when the thread was opened: higher seqs are "new"; Infinity: none are
}

/** How far down a view's list is known without a gap; `cursor` fetches the next page. */
export interface Horizon {
  readonly loaded: boolean;
  readonly loading: Loading;
  readonly end: boolean;
  readonly cursor: string | null;
  readonly at: number; // last_message_at of the lowest known row, or since when it waits
  readonly id: Id;
}

export interface Entry {
  readonly conversation: Conversation;
  readonly tick: number; // the state's tick when a frame last touched it: newer than answers asked for before
  readonly message_tick: number; // the state's tick when a message last came
}

export interface Typist {
  readonly who: Person;
  readonly until: number; // ms of a monotonic clock
}

/** The state of the live connection, as shown to the user. */
export type Live = "connecting" | "open" | "waiting" | "offline" | "ended";

export interface State {
  readonly me: Id;
  readonly project: Id;
  readonly live: Live;
  readonly ever: boolean; // whether the connection has ever been open
  readonly tick: number;
  readonly entries: ReadonlyMap<Id, Entry>;
  readonly horizons: Readonly<Record<FilterKey, Horizon>>; // of the lists that were shown
  readonly view: FilterKey;
  readonly query: string;
  readonly found: ReadonlySet<Id>; // what the server found for the query
  readonly selected: ReadonlySet<Id>;
  readonly cursor: Id | null; // the row that was selected last
  readonly open: Id | null;
  readonly missing: boolean; // the open conversation does not exist or belongs to another project
  readonly threads: ReadonlyMap<Id, Thread>;
  readonly visitors: ReadonlyMap<Id, Visitor>;
  readonly members: readonly Member[];
  readonly typists: ReadonlyMap<Id, Typist>;
  readonly forms: ReadonlyMap<Id, FormChange>; // by the message that asked or that was corrected: newer than it
  readonly filling: ReadonlyMap<Id, number>; // by the message that asked: until when, ms of a monotonic clock
  readonly streams: Streams; // of the open conversation
  readonly translating: ReadonlySet<Id>; // conversations whose visitor's messages the copilot translates
  readonly unread: Unread;
  readonly revisions: ReadonlyMap<Resource, number>; // how often each was touched
  readonly resyncs: number; // how often everything may have been touched unnoticed
}

export const UNKNOWN: Horizon = { loaded: false, loading: "idle", end: false, cursor: null, at: 0, id: "" };

/** Of a list; `view` undefined: of the one that is shown. */
export function horizonOf({ horizons, view }: Pick<State, "horizons" | "view">, of: FilterKey = view): Horizon {
  return horizons[of] ?? UNKNOWN;
}

export const EMPTY_THREAD: Thread = {
  messages: [],
  replies: [],
  changes: [],
  loaded: false,
  loading: "idle",
  older: false,
  change: 0,
  delivered: 0,
  seen: Number.POSITIVE_INFINITY,
};

export function emptyState(me: Id, project: Id, view: FilterKey = "open"): State {
  return {
    me,
    project,
    live: "connecting",
    ever: false,
    tick: 0,
    entries: new Map(),
    horizons: {},
    view,
    query: "",
    found: new Set(),
    selected: new Set(),
    cursor: null,
    open: null,
    missing: false,
    threads: new Map(),
    visitors: new Map(),
    members: [],
    typists: new Map(),
    forms: new Map(),
    filling: new Map(),
    streams: NO_STREAMS,
    translating: new Set(),
    unread: { counts: null, moves: 0, marks: new Map(), unsure: false },
    revisions: new Map(),
    resyncs: 0,
  };
}
