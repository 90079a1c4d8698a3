/** The dashboard's reducer: action in, next state and effects out. No clock, no network. */

import type { Action, ResponseAction, UserAction, Effect, Step } from "./actions";
import { merged, touched, withMessage, withRead } from "./conversations";
import type { Conversation, Entry, Horizon, Id, State, View } from "./model";
import { NO_HORIZONS } from "./model";
import { above, belongs, byRecency } from "./select";
import {
  failedReply,
  evicted,
  joined,
  lastSeq,
  threadOf,
  withChanges,
  withLatest,
  withoutReply,
  withReply,
  withThread,
} from "./threads";
import { appendedTo, expired, reduceFrame } from "./reduce_frame";
import { withUnread } from "./unread";

const UNKNOWN_SEEN = -1; // opened by its address before the row was loaded

export function reduce(state: State, action: Action): Step {
  return withUnread(state, action, stepped(state, action));
}

function stepped(state: State, action: Action): Step {
  switch (action.type) {
    case "message":
    case "changed":
    case "form changed":
    case "identified":
    case "read":
    case "typing":
    case "presence":
    case "page":
    case "touched":
      return reduceFrame(state, action);
    case "view":
    case "query":
    case "unread only":
    case "open":
    case "reply":
    case "discard":
    case "mark read":
      return asked(state, action);
    case "live": {
      const next = { ...state, live: action.live, ever: state.ever || action.live === "open" };
      // After a reconnect, everything that may have been missed is fetched. So are the changes between the first pages,
      // which do not wait for the connection, and the connection.
      // pages, which do not wait for the line, and the line.
      return action.live === "open" && state.live !== "open" ? resync(next) : only(next);
    }
    case "resync":
      return resync(state);
    case "tick":
      return only(expired(state, action.now));
    default:
      return answered(state, action);
  }
}

function asked(state: State, action: UserAction): Step {
  switch (action.type) {
    case "view":
      return shown({ ...state, view: action.view, unread_only: false });
    case "query":
      return only({ ...state, query: action.query });
    case "unread only":
      return only({ ...state, unread_only: action.on });
    case "open":
      return opened(state, action.conversation);
    case "reply": {
      const thread = withReply(threadOf(state, action.conversation), action.reply);
      // An agent who answers has seen the new messages.
      return only(withThread(state, action.conversation, { ...thread, seen: Number.POSITIVE_INFINITY }));
    }
    case "discard":
      return only(
        withThread(state, action.conversation, withoutReply(threadOf(state, action.conversation), action.ref)),
      );
    case "mark read":
      return only(touched(state, action.conversation, (row) => withRead(row, action.seq)));
    default:
      return never(action);
  }
}

function answered(state: State, action: ResponseAction): Step {
  switch (action.type) {
    case "list asked":
      return only(withLoading(state, action.view, "busy"));
    case "list":
      return level(listArrived(state, action));
    case "list failed":
      return only(withLoading(state, action.view, "failed"));
    case "conversation": {
      const { conversation } = action;
      const entries = new Map(state.entries);
      entries.set(conversation.id, merged(entries.get(conversation.id), conversation, action.tick));
      const step = visitorWanted({ ...state, entries });
      return { state: step.state, effects: [...step.effects, ...level(step.state).effects] };
    }
    case "conversation missing":
      return only(state.open === action.conversation ? { ...state, missing: true } : state);
    case "messages asked":
      return only(withThread(state, action.conversation, { ...threadOf(state, action.conversation), loading: "busy" }));
    case "messages":
      return messagesArrived(state, action);
    case "messages failed":
      return only(
        withThread(state, action.conversation, { ...threadOf(state, action.conversation), loading: "failed" }),
      );
    case "sent": {
      const next = touched(state, action.conversation, (row) => withMessage(row, action.message, state.me));
      return appendedTo(next, action.conversation, threadOf(next, action.conversation), action.message);
    }
    case "reply failed": {
      const thread = failedReply(threadOf(state, action.conversation), action.ref, action.resend);
      return only(withThread(state, action.conversation, thread));
    }
    case "members":
      return only({ ...state, members: action.members });
    case "visitor": {
      const visitors = new Map(state.visitors);
      visitors.set(action.visitor.id, action.visitor);
      return only({ ...state, visitors });
    }
    case "unread":
      return only(state); // see withUnread
    default:
      return never(action);
  }
}

/** A page is complete between its neighbours: a known row that it does not list there has moved unnoticed. */
function listArrived(state: State, action: Extract<ResponseAction, { type: "list" }>): State {
  const before = state.horizons[action.view];
  const lowest = [...action.items].sort(byRecency).at(-1);
  const horizon: Horizon = {
    loaded: true,
    loading: "idle",
    end: action.cursor === null,
    cursor: action.cursor,
    at: lowest?.last_message_at ?? before.at,
    id: lowest?.id ?? before.id,
  };
  const named = new Set(action.items.map((row) => row.id));
  const entries = new Map<Id, Entry>();
  for (const [id, entry] of state.entries) {
    const row = entry.conversation;
    const spoken_for =
      belongs(action.view, row, state.me) && above(row, horizon) && (action.fresh || !above(row, before));
    const gone = spoken_for && !named.has(id) && entry.tick <= action.tick && id !== state.open;
    if (!gone) entries.set(id, entry);
  }
  for (const row of action.items) entries.set(row.id, merged(state.entries.get(row.id), row, action.tick));
  return { ...state, entries, horizons: { ...state.horizons, [action.view]: horizon } };
}

function messagesArrived(state: State, action: Extract<ResponseAction, { type: "messages" }>): Step {
  const { conversation: id } = action;
  const thread = threadOf(state, id);
  const changes = action.changes ?? [];
  if (action.where === "latest") {
    const latest = withChanges(withLatest(thread, action.items, action.has_more), changes);
    // Then the messages that arrived during the request and are not in this page.
    const missing = action.items.length > 0 && lastSeq(latest) < (state.entries.get(id)?.conversation.last_seq ?? 0);
    return {
      state: withThread(state, id, latest),
      effects: missing ? [{ type: "fetch after", conversation: id, seq: lastSeq(latest) }] : [],
    };
  }
  const next = withChanges({ ...joined(thread, action.items), loading: "idle" as const }, changes);
  if (action.where === "older") return only(withThread(state, id, { ...next, older: action.has_more }));
  // A message that arrived during the request is missing from this page: fetch until we have caught up.
  const row = state.entries.get(id)?.conversation;
  const behind = action.items.length > 0 && (action.has_more || lastSeq(next) < (row?.last_seq ?? 0));
  const effects: Effect[] = behind ? [{ type: "fetch after", conversation: id, seq: lastSeq(next) }] : [];
  return { state: withThread(state, id, next), effects };
}

function opened(state: State, id: Id | null): Step {
  if (id === null) return only({ ...state, open: null, missing: false });
  const row = state.entries.get(id)?.conversation;
  const thread = { ...threadOf(state, id), seen: newFrom(row) };
  const threads = new Map(evicted(state.threads, id));
  threads.delete(id); // inserted again at the end: the order of the map is the order of use (LRU)
  threads.set(id, thread);
  const step = visitorWanted({ ...state, open: id, missing: false, threads });
  const effects: Effect[] = [...step.effects];
  if (!thread.loaded) effects.push({ type: "fetch latest", conversation: id });
  if (row === undefined) effects.push({ type: "fetch conversation", conversation: id });
  return { state: step.state, effects };
}

/** Where "new" begins for an agent who opens this conversation now. */
function newFrom(row: Conversation | undefined): number {
  if (row === undefined) return UNKNOWN_SEEN;
  return row.unread === 0 ? Number.POSITIVE_INFINITY : row.read_seq;
}

/** A row that is ahead of its open thread means that a frame was missed. */
function level(before: State): Step {
  const row = before.open === null ? undefined : before.entries.get(before.open)?.conversation;
  let thread = before.open === null ? undefined : before.threads.get(before.open);
  let state = before;
  if (thread?.seen === UNKNOWN_SEEN && row !== undefined) {
    thread = { ...thread, seen: newFrom(row) };
    state = withThread(before, row.id, thread);
  }
  if (thread?.loaded !== true || row === undefined || lastSeq(thread) === row.last_seq) return only(state);
  // A row that is behind its thread: the server was restored, or the response is old. The newest page decides.
  if (lastSeq(thread) > row.last_seq) return { state, effects: [{ type: "fetch latest", conversation: row.id }] };
  return { state, effects: [{ type: "fetch after", conversation: row.id, seq: lastSeq(thread) }] };
}

function visitorWanted(state: State): Step {
  const visitor = state.open === null ? undefined : state.entries.get(state.open)?.conversation.visitor.id;
  if (visitor === undefined || state.visitors.has(visitor)) return only(state);
  return { state, effects: [{ type: "fetch visitor", visitor }] };
}

function shown(state: State): Step {
  const { loaded, loading } = state.horizons[state.view];
  return { state, effects: loaded || loading === "busy" ? [] : [{ type: "fetch list", fresh: true }] };
}

function resync(state: State): Step {
  const horizons = { ...NO_HORIZONS, [state.view]: state.horizons[state.view] };
  const threads = new Map(state.threads);
  for (const [id, thread] of threads) if (id !== state.open) threads.set(id, { ...thread, loaded: false });
  const effects: Effect[] = [{ type: "fetch list", fresh: true }];
  if (state.open !== null) {
    const thread = threadOf(state, state.open);
    effects.push({ type: "fetch conversation", conversation: state.open });
    effects.push(
      thread.loaded
        ? { type: "fetch after", conversation: state.open, seq: lastSeq(thread) }
        : { type: "fetch latest", conversation: state.open },
    );
    const visitor = state.entries.get(state.open)?.conversation.visitor.id;
    if (visitor !== undefined) effects.push({ type: "fetch visitor", visitor });
  }
  return { state: { ...state, horizons, threads, resyncs: state.resyncs + 1 }, effects };
}

function withLoading(state: State, view: View, loading: "busy" | "failed"): State {
  return { ...state, horizons: { ...state.horizons, [view]: { ...state.horizons[view], loading } } };
}

function only(state: State): Step {
  return { state, effects: [] };
}

function never(value: never): never {
  throw new Error(`not an action: ${JSON.stringify(value)}`);
}
