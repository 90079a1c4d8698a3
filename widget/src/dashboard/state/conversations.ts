/** Updates of inbox rows by messages, changes, read marks and responses of REST. */

import { summaryOf } from "../../chat/content";
import type { Altered, Conversation, Entry, Id, Message, State } from "./model";

const FORMS: readonly string[] = ["form_request", "form_answer"];
const MAX_SNIPPET = 100; // code points, as the server truncates it

/** Updates a known row and marks it newer than responses to earlier requests. */
export function touched(state: State, id: Id, change: (row: Conversation) => Conversation): State {
  const entry = state.entries.get(id);
  if (entry === undefined) return state;
  const tick = state.tick + 1;
  const entries = new Map(state.entries);
  const conversation = change(entry.conversation);
  const message_tick = conversation.last_seq === entry.conversation.last_seq ? entry.message_tick : tick;
  entries.set(id, { conversation, tick, message_tick });
  return { ...state, entries, tick };
}

export function withMessage(row: Conversation, message: Message, me: Id): Conversation {
  if (message.seq <= row.last_seq) return row;
  const own = message.author.party === "agent" && message.author.id === me;
  const visitor = message.author.party === "visitor";
  return counted({
    ...row,
    last_seq: message.seq,
    snippet: snippetOf(summaryOf(message.content) ?? message.body),
    last_message: { kind: message.kind, author: message.author },
    last_message_at: message.at,
    status: visitor && row.status !== "spam" ? "open" : row.status,
    waiting_since: waitingAfter(row, message),
    // An agent who writes has read everything before.
    read_seq: own ? message.seq : row.read_seq,
    visitor_read_seq: visitor ? message.seq : row.visitor_read_seq,
    ...(FORMS.includes(message.kind) ? { has_form: true } : {}),
  });
}

/** As the server says it: `Listed` in core/model.py. */
function waitingAfter(row: Conversation, { author, kind, at }: Message): number | null {
  const since = row.waiting_since ?? null;
  if (author.party === "visitor") return (row.status === "open" ? since : null) ?? at;
  if (kind === "note") return since;
  const answers = author.party === "agent" || (author.party === "assistant" && row.owner !== "person");
  return answers ? null : since;
}

/** What became of a message, in the row whose snippet it may be. */
export function withAlteration(row: Conversation, message: Altered): Conversation {
  if (message.seq !== row.last_seq) return row;
  const last = row.last_message;
  return {
    ...row,
    snippet: snippetOf(summaryOf(message.content) ?? message.body),
    ...(last ? { last_message: { ...last, redacted: Boolean(message.redacted_at) } } : {}),
  };
}

export function withRead(row: Conversation, seq: number): Conversation {
  return seq <= row.read_seq ? row : counted({ ...row, read_seq: seq });
}

/** Merges a response of REST with the frames received since its request at `tick`. A lower `seq` or read mark than ours
 *  is accepted unless a message has come since: then the server was restored from a backup. */
export function merged(known: Entry | undefined, fresh: Conversation, tick: number): Entry {
  if (known === undefined) return { conversation: fresh, tick, message_tick: 0 };
  const { conversation: old } = known;
  const newer_frames = known.tick > tick;
  const behind = fresh.last_seq < old.last_seq && known.message_tick > tick;
  const restored = fresh.last_seq < old.last_seq && !behind;
  // Of the same message: an edit has come as a frame since the request.
  const outdated = newer_frames && fresh.last_seq === old.last_seq && changeOf(fresh) < changeOf(old);
  const base = outdated
    ? { ...fresh, ...lastMessageOf(old), last_change: changeOf(old) }
    : behind
      ? { ...fresh, last_seq: old.last_seq, ...lastMessageOf(old), last_message_at: old.last_message_at }
      : fresh.last_message === undefined && fresh.last_seq === old.last_seq
        ? { ...fresh, ...lastMessageOf(old) } // an older server does not send `last_message`: keep the one from a frame
        : fresh;
  const conversation = counted({
    ...base,
    status: newer_frames ? old.status : fresh.status,
    assignee: newer_frames ? old.assignee : fresh.assignee,
    ...ownerOf(newer_frames ? old : fresh),
    read_seq: restored ? fresh.read_seq : Math.max(old.read_seq, fresh.read_seq),
    visitor_read_seq: restored ? fresh.visitor_read_seq : Math.max(old.visitor_read_seq, fresh.visitor_read_seq),
  });
  return { conversation, tick: Math.max(known.tick, tick), message_tick: known.message_tick };
}

export function snippetOf(body: string): string {
  const line = body.replace(/\s+/g, " ").trim();
  const signs = [...line];
  return signs.length <= MAX_SNIPPET ? line : `${signs.slice(0, MAX_SNIPPET - 1).join("")}…`;
}

function ownerOf({ owner = null, owner_reason = null }: Conversation): Pick<Conversation, "owner" | "owner_reason"> {
  return { owner, owner_reason };
}

function changeOf(row: Conversation): number {
  return row.last_change ?? 0; // missing from older servers
}

type LastOf = Pick<Conversation, "snippet" | "last_message" | "waiting_since">;

function lastMessageOf({ snippet, last_message, waiting_since = null }: Conversation): LastOf {
  return last_message === undefined ? { snippet, waiting_since } : { snippet, last_message, waiting_since };
}

function counted(row: Conversation): Conversation {
  return { ...row, unread: Math.max(0, row.last_seq - row.read_seq) };
}
