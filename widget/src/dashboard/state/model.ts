/** The dashboard's state: REST resources with REST's field names, and the state of this screen. */

export type Id = string;
export const STATUSES = ["open", "pending", "solved", "spam"] as const;
export type Status = (typeof STATUSES)[number];
// Open unions, as on the wire: a later server may send new values, and the text is still shown.
export type Party = "visitor" | "agent" | "system" | (string & {});
export type Resource = "project" | "members" | "invitations" | "api_keys" | (string & {});
export type Kind = "text" | "note" | "system" | "form_request" | "form_answer" | "attachment" | (string & {});

export interface User {
  readonly id: Id;
  readonly email: string;
  readonly full_name: string;
  readonly language: string;
  readonly timezone: string;
  readonly avatar_url: string | null;
  readonly is_admin: boolean;
  readonly has_password: boolean;
  readonly two_factor: boolean;
  readonly pending_email: string | null;
  readonly created_at: number;
  readonly recovery_codes_left?: number | null; // null without a second factor
}

export interface Project {
  readonly id: Id;
  readonly name: string;
  readonly role: "agent" | "manager";
}

export interface Member {
  readonly user_id: Id;
  readonly full_name: string;
  readonly email: string;
  readonly role: "agent" | "manager";
}

export interface Assignee {
  readonly id: Id;
  readonly full_name: string;
}

export interface Last {
  readonly kind: Kind;
  readonly author: Person;
}

export interface Conversation {
  readonly id: Id;
  readonly visitor: {
    readonly id: Id;
    readonly name: string;
    readonly online: boolean;
    readonly url: string;
    readonly title: string;
    readonly email?: string; // set by the page, unverified; missing from older servers
  };
  readonly status: Status;
  readonly assignee: Assignee | null;
  readonly last_seq: number;
  readonly snippet: string;
  readonly last_message_at: number;
  readonly created_at: number;
  readonly read_seq: number;
  readonly unread: number;
  readonly visitor_read_seq: number;
  readonly last_message?: Last | null; // the author of the snippet; missing from older servers
}

export interface Person {
  readonly party: Party;
  readonly id: Id;
  readonly name: string;
}

export interface Message {
  readonly seq: number;
  readonly id: Id;
  readonly ref: Id | null;
  readonly author: Person;
  readonly at: number;
  readonly kind: Kind;
  readonly body: string;
}

export type Facts = Readonly<Record<string, string | number | boolean | null>>;

export interface Step {
  readonly url: string;
  readonly title: string;
  readonly at: number;
}

export interface Visitor {
  readonly id: Id;
  readonly name: string;
  readonly language: string;
  readonly browser: string;
  readonly online: boolean;
  readonly url: string;
  readonly title: string;
  readonly referrer: string;
  readonly first_url: string;
  readonly first_seen_at: number | null;
  readonly trail: readonly Step[];
  readonly created_at: number | null;
  readonly facts?: Facts; // set by the page, unverified; missing from older servers
}

/** An optimistic reply that REST has not confirmed yet; `ref` makes a retry idempotent. */
export interface Reply {
  readonly ref: Id;
  readonly body: string;
  readonly kind: "text" | "note";
  readonly at: number;
  readonly failed: boolean;
  readonly resend?: boolean; // failed because of the connection: sent again automatically when it is back
}

/** A change of status or assignee; shown after message `seq`. */
export interface Change {
  readonly seq: number;
  readonly at: number;
  readonly by: Person | null; // null: sent by an older server
  readonly status: Status | null;
  readonly assigned: boolean;
  readonly assignee: Assignee | null;
}

/** Conversations with something unread; `waiting`: open or pending, and the agent's or unassigned. */
export interface UnreadCounts {
  readonly open: number;
  readonly mine: number;
  readonly unassigned: number;
  readonly pending: number;
  readonly waiting: number;
}

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
  readonly seen: number; // the agent's read mark when the thread was opened: higher seqs are "new"; Infinity: none are
}

export const VIEWS = ["open", "mine", "unassigned", "pending", "solved", "spam", "all"] as const;
export type View = (typeof VIEWS)[number];

/** How far down a view's list is known without a gap; `cursor` fetches the next page. */
export interface Horizon {
  readonly loaded: boolean;
  readonly loading: Loading;
  readonly end: boolean;
  readonly cursor: string | null;
  readonly at: number; // last_message_at of the lowest known row
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
  readonly horizons: Readonly<Record<View, Horizon>>;
  readonly view: View;
  readonly query: string;
  readonly unread_only: boolean;
  readonly open: Id | null;
  readonly missing: boolean; // the open conversation does not exist or belongs to another project
  readonly threads: ReadonlyMap<Id, Thread>;
  readonly visitors: ReadonlyMap<Id, Visitor>;
  readonly members: readonly Member[];
  readonly typists: ReadonlyMap<Id, Typist>;
  readonly unread: Unread;
  readonly revisions: ReadonlyMap<Resource, number>; // how often each was touched
  readonly resyncs: number; // how often everything may have been touched unnoticed
}

const UNKNOWN: Horizon = { loaded: false, loading: "idle", end: false, cursor: null, at: 0, id: "" };

export const NO_HORIZONS: Readonly<Record<View, Horizon>> = {
  open: UNKNOWN,
  mine: UNKNOWN,
  unassigned: UNKNOWN,
  pending: UNKNOWN,
  solved: UNKNOWN,
  spam: UNKNOWN,
  all: UNKNOWN,
};

export const EMPTY_THREAD: Thread = {
  messages: [],
  replies: [],
  changes: [],
  loaded: false,
  loading: "idle",
  older: false,
  seen: Number.POSITIVE_INFINITY,
};

export function emptyState(me: Id, project: Id, view: View = "open"): State {
  return {
    me,
    project,
    live: "connecting",
    ever: false,
    tick: 0,
    entries: new Map(),
    horizons: NO_HORIZONS,
    view,
    query: "",
    unread_only: false,
    open: null,
    missing: false,
    threads: new Map(),
    visitors: new Map(),
    members: [],
    typists: new Map(),
    unread: { counts: null, moves: 0, marks: new Map(), unsure: false },
    revisions: new Map(),
    resyncs: 0,
  };
}
