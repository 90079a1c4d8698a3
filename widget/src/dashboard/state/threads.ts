/** The messages of one conversation: contiguous by `seq`, without gaps. */

import type { Altered, Change, Id, Message, Reply, State, Thread } from "./model";
import { EMPTY_THREAD } from "./model";
import type { Step } from "./actions";

const MAX_THREADS = 12; // conversations whose messages stay in memory (LRU)
const MAX_MESSAGES = 150; // of a conversation that is not on screen
const MAX_CHANGES = 500;

export function lastSeq(thread: Thread): number {
  return thread.messages.at(-1)?.seq ?? 0;
}

export function threadOf(state: State, conversation: Id): Thread {
  return state.threads.get(conversation) ?? EMPTY_THREAD;
}

export function withThread(state: State, conversation: Id, thread: Thread): State {
  const threads = new Map(state.threads);
  threads.set(conversation, thread);
  return { ...state, threads };
}

/** Adds messages that overlap or touch the run; the caller guarantees this. */
export function joined(thread: Thread, items: readonly Message[]): Thread {
  const by_seq = new Map<number, Message>();
  for (const message of thread.messages) by_seq.set(message.seq, message);
  for (const message of items) {
    const held = by_seq.get(message.seq);
    // A page may be older than an edit that has come as a frame.
    if (held?.id !== message.id || versionOf(held) <= versionOf(message)) by_seq.set(message.seq, message);
  }
  const messages = [...by_seq.values()].sort((a, b) => a.seq - b.seq);
  return { ...thread, messages, replies: unanswered(thread.replies, items) };
}

/** The thread with what became of some of its messages, unless what it holds is newer. */
export function withAltered(thread: Thread, items: readonly Altered[]): Thread {
  const by_seq = new Map(items.map((item) => [item.seq, item]));
  const messages = thread.messages.map((held) => {
    const item = by_seq.get(held.seq);
    return item === undefined || item.version <= versionOf(held) ? held : { ...held, ...item };
  });
  return { ...thread, messages };
}

export function versionOf(message: Pick<Message, "version"> | undefined): number {
  return message?.version ?? 0;
}

/** The state after a change of a conversation, and what fetches the ones that were missed before it. */
export function counted(state: State, id: Id, thread: Thread, change: number): Step {
  if (change === thread.change + 1) return { state: withThread(state, id, { ...thread, change }), effects: [] };
  const missed = change > thread.change && thread.loaded;
  return {
    state: withThread(state, id, thread),
    effects: missed ? [{ type: "fetch altered", conversation: id, after: thread.change, change }] : [],
  };
}

/** Whether a different message is held at the same `seq`: then the server was restored from a backup. */
export function isOther(thread: Thread, message: Message): boolean {
  return thread.messages.some((held) => held.seq === message.seq && held.id !== message.id);
}

/** Applies the newest page: it is merged when it touches the run. It replaces the run when it does not touch it, ends
 *  before it, or has other messages. */
export function withLatest(thread: Thread, items: readonly Message[], older: boolean): Thread {
  const first = items[0]?.seq ?? 0;
  const rewound = (items.at(-1)?.seq ?? 0) < lastSeq(thread) || items.some((message) => isOther(thread, message));
  const touches = !rewound && thread.messages.length > 0 && first <= lastSeq(thread) + 1;
  const reaches_back = touches && (thread.messages[0]?.seq ?? 0) < first;
  const base = touches
    ? thread
    : { ...thread, messages: [], changes: thread.changes.filter((one) => one.seq >= first) };
  const next = joined(base, items);
  return { ...next, loaded: true, loading: "idle", older: reaches_back ? thread.older : older };
}

/** Appends a message. `gap`: an earlier one is missing, so it is not added and must be fetched. */
export function appended(thread: Thread, message: Message): { readonly thread: Thread; readonly gap: boolean } {
  const last = lastSeq(thread);
  if (message.seq > last + 1) return { thread, gap: true };
  return { thread: joined(thread, [message]), gap: false };
}

/** The last reply of another agent, to warn an agent who is writing one. */
export interface Answer {
  readonly seq: number;
  readonly name: string;
}

export function answerOfOthers(thread: Thread, me: Id): Answer | null {
  for (let index = thread.messages.length - 1; index >= 0; index--) {
    const { seq, kind, author } = thread.messages[index]!;
    if (kind === "text" && author.party === "agent" && author.id !== me) return { seq, name: author.name };
  }
  return null;
}

export function withReply(thread: Thread, reply: Reply): Thread {
  const others = thread.replies.filter((other) => other.ref !== reply.ref);
  const again = others.length < thread.replies.length;
  // A retry keeps its place; a new reply goes last.
  const replies = again
    ? thread.replies.map((other) => (other.ref === reply.ref ? reply : other))
    : [...thread.replies, reply];
  return { ...thread, replies };
}

export function withoutReply(thread: Thread, ref: Id): Thread {
  return { ...thread, replies: thread.replies.filter((reply) => reply.ref !== ref) };
}

export function failedReply(thread: Thread, ref: Id, resend: boolean): Thread {
  const replies = thread.replies.map((reply) => (reply.ref === ref ? { ...reply, failed: true, resend } : reply));
  return { ...thread, replies };
}

/** Adds changes without duplicates, in the order in which they happened. */
export function withChanges(thread: Thread, items: readonly Change[]): Thread {
  const fresh = items.filter((item) => !thread.changes.some((known) => isSame(known, item)));
  if (fresh.length === 0) return thread;
  const changes = [...thread.changes, ...fresh].sort((a, b) => a.seq - b.seq || a.at - b.at);
  return { ...thread, changes: changes.slice(-MAX_CHANGES) };
}

/** A frame and REST describe the same change with the same fields. */
function isSame(a: Change, b: Change): boolean {
  return (
    a.at === b.at &&
    a.status === b.status &&
    a.assigned === b.assigned &&
    a.assignee?.id === b.assignee?.id &&
    a.owner?.reason === b.owner?.reason
  );
}

/** Evicts the least recently used threads when the agent opens `kept`; threads with unsent replies are kept. */
export function evicted(threads: ReadonlyMap<Id, Thread>, kept: Id | null): ReadonlyMap<Id, Thread> {
  const next = new Map<Id, Thread>();
  let surplus = threads.size - MAX_THREADS;
  for (const [id, thread] of threads) {
    if (id !== kept && thread.replies.length === 0 && surplus-- > 0) continue;
    next.set(id, id === kept ? thread : truncated(thread));
  }
  return next;
}

function truncated(thread: Thread): Thread {
  if (thread.messages.length <= MAX_MESSAGES) return thread;
  const messages = thread.messages.slice(-MAX_MESSAGES);
  const changes = thread.changes.filter((change) => change.seq >= (messages[0]?.seq ?? 0));
  return { ...thread, messages, changes, older: true };
}

function unanswered(replies: readonly Reply[], items: readonly Message[]): readonly Reply[] {
  if (replies.length === 0) return replies;
  const stored = new Set(items.map((message) => message.ref));
  return replies.filter((reply) => !stored.has(reply.ref));
}
