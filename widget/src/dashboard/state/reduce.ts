/** The dashboard's reducer: action in, next state and effects out. No clock, no network. */

import { NO_STREAMS } from "../../chat/stream";
import { dueIn, settled, streamAnswered, watching } from "../assistant/live";
import type { Action, ResponseAction, UserAction, Effect, Step } from "./actions";
import { merged, touched, withMessage, withRead } from "./conversations";
import type { FilterKey } from "./filter";
import type { Conversation, Entry, Horizon, Id, State, Thread } from "./model";
import { horizonOf } from "./model";
import { unselected, withSelection } from "../bulk/selection";
import { filterOf } from "./filter";
import { above, belongs, orderOf, placeIn } from "./select";
import {
  failedReply,
  evicted,
  joined,
  lastSeq,
  threadOf,
  versionOf,
  withChanges,
  withLatest,
  withoutReply,
  withReply,
  withThread,
} from "./threads";
import { alteredIn, appendedTo, expired, reduceFrame } from "./reduce_frame";
import { withUnread } from "./unread";

const MIN_QUERY = 2; // characters that the server is asked for
const UNKNOWN_SEEN = -1; // opened by its address before the row was loaded

export function reduce(state: State, action: Action): Step {
  const step = stepped(state, action);
  return withUnread(state, action, { ...step, state: settled(step.state) });
}

function stepped(state: State, action: Action): Step {
  switch (action.type) {
    case "message":
    case "changed":
    case "form changed":
    case "streamed":
    case "identified":
    case "delivered":
    case "read":
    case "typing":
    case "presence":
    case "page":
    case "touched":
      return reduceFrame(state, action);
    case "view":
    case "query":
    case "select":
    case "select none":
    case "open":
    case "translate":
    case "reply":
    case "discard":
    case "mark read":
      return asked(state, action);
    case "live": {
      const next = { ...state, live: action.live, ever: state.ever || action.live === "open" };
      // After a reconnect, everything that may have been missed is fetched. So are the changes between the first pages,
      // which do not wait for the connection, and the connection.
      return action.live === "open" && state.live !== "open" ? resync(next) : only(next);
    }
    case "resync":
      return resync(state);
    case "watching":
      return watching(state, action.conversation, action.now);
    case "stream answered":
      return streamAnswered(state, action.conversation);
    case "tick":
      return dueIn(expired(state, action.now), action.now);
    default:
      return answered(state, action);
  }
}

function asked(state: State, action: UserAction): Step {
  switch (action.type) {
    case "view":
      if (action.view === state.view) return only(state);
      return shown(unselected({ ...state, view: action.view, found: new Set() }));
    case "query":
      return queried(state, action.query);
    case "select":
    case "select none":
      return only(withSelection(state, action));
    case "open":
      return opened(state, action.conversation);
    case "reply": {
      const thread = withReply(threadOf(state, action.conversation), action.reply);
      // An agent who answers has seen the new messages.
      return only(withThread(state, action.conversation, { ...thread, seen: Number.POSITIVE_INFINITY }));
    }
    case "translate": {
      const translating = new Set(state.translating);
      if (action.on) translating.add(action.conversation);
      else translating.delete(action.conversation);
      return only({ ...state, translating });
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
    case "found": {
      if (action.query !== state.query) return only(state); // typed on meanwhile
      const entries = new Map(state.entries);
      for (const row of action.items) entries.set(row.id, merged(entries.get(row.id), row, action.tick));
      return only({ ...state, entries, found: new Set(action.items.map(({ id }) => id)) });
    }
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
      return only(gone(state, action.conversation));
    case "owner": {
      const { owner, reason } = action;
      return only(touched(state, action.conversation, (row) => ({ ...row, owner, owner_reason: reason })));
    }
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
    case "altered": {
      const { conversation, message } = action;
      return only(alteredIn(state, conversation, [{ ...message, version: versionOf(message) }]));
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
  const before = horizonOf(state, action.view);
  const filter = filterOf(action.view);
  const lowest = [...action.items].sort(orderOf(filter)).at(-1);
  const horizon: Horizon = {
    loaded: true,
    loading: "idle",
    end: action.cursor === null,
    cursor: action.cursor,
    at: lowest === undefined ? before.at : placeIn(filter, lowest),
    id: lowest?.id ?? before.id,
  };
  const named = new Set(action.items.map((row) => row.id));
  const entries = new Map<Id, Entry>();
  for (const [id, entry] of state.entries) {
    const row = entry.conversation;
    const spoken_for =
      belongs(action.view, row, state.me) &&
      above(row, horizon, filter) &&
      (action.fresh || !above(row, before, filter));
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
  if (action.where === "altered") return alteredArrived(state, action, thread);
  if (action.where === "latest") {
    const page = withChanges(withLatest(thread, action.items, action.has_more), changes);
    // Messages that were held before may have been altered while nothing listened; the page is as new as its request.
    const latest = thread.messages.length > 0 ? page : { ...page, change: action.change ?? 0 };
    // Then the messages that arrived during the request and are not in this page.
    const missing = action.items.length > 0 && lastSeq(latest) < (state.entries.get(id)?.conversation.last_seq ?? 0);
    const effects: Effect[] = missing ? [{ type: "fetch after", conversation: id, seq: lastSeq(latest) }] : [];
    return { state: withThread(state, id, latest), effects: [...effects, ...alterationsMissed(state, id, latest)] };
  }
  const next = withChanges({ ...joined(thread, action.items), loading: "idle" as const }, changes);
  if (action.where === "older") return only(withThread(state, id, { ...next, older: action.has_more }));
  // A message that arrived during the request is missing from this page: fetch until we have caught up.
  const row = state.entries.get(id)?.conversation;
  const behind = action.items.length > 0 && (action.has_more || lastSeq(next) < (row?.last_seq ?? 0));
  const effects: Effect[] = behind ? [{ type: "fetch after", conversation: id, seq: lastSeq(next) }] : [];
  return { state: withThread(state, id, next), effects };
}

function alteredArrived(
  state: State,
  { conversation, items, has_more, change = 0 }: Extract<ResponseAction, { type: "messages" }>,
  thread: Thread,
): Step {
  const altered = items.map((item) => ({ ...item, version: versionOf(item) }));
  const last = altered.at(-1)?.version ?? 0;
  const known = has_more ? last : Math.max(change, last);
  const more = has_more && last > thread.change;
  const counted = withThread(state, conversation, { ...thread, change: Math.max(thread.change, known) });
  return {
    state: alteredIn(counted, conversation, altered),
    effects: more ? [{ type: "fetch altered", conversation, after: last, change }] : [],
  };
}

/** Changes of the conversation that its thread has not seen: some may be edits. */
function alterationsMissed(state: State, id: Id, thread: Thread): readonly Effect[] {
  const change = state.entries.get(id)?.conversation.last_change ?? 0;
  if (!thread.loaded || change <= thread.change) return [];
  return [{ type: "fetch altered", conversation: id, after: thread.change, change }];
}

function opened(before: State, id: Id | null): Step {
  const state = id === before.open ? before : { ...before, streams: NO_STREAMS };
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
  effects.push(...alterationsMissed(state, id, thread));
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
  if (thread?.loaded !== true || row === undefined) return only(state);
  if (lastSeq(thread) === row.last_seq) return { state, effects: alterationsMissed(state, row.id, thread) };
  // A row that is behind its thread: the server was restored, or the response is old. The newest page decides.
  if (lastSeq(thread) > row.last_seq) return { state, effects: [{ type: "fetch latest", conversation: row.id }] };
  const after: Effect = { type: "fetch after", conversation: row.id, seq: lastSeq(thread) };
  return { state, effects: [after, ...alterationsMissed(state, row.id, thread)] };
}

function visitorWanted(state: State): Step {
  const visitor = state.open === null ? undefined : state.entries.get(state.open)?.conversation.visitor.id;
  if (visitor === undefined || state.visitors.has(visitor)) return only(state);
  return { state, effects: [{ type: "fetch visitor", visitor }] };
}

/** Filters the known rows at once; the server finds visitors among those that are not loaded. */
function queried(state: State, query: string): Step {
  const next = { ...state, query, found: new Set<Id>() };
  const asks = query.trim().length >= MIN_QUERY && state.view !== "muted";
  return { state: next, effects: asks ? [{ type: "find", query }] : [] };
}

function shown(state: State): Step {
  const { loaded, loading } = horizonOf(state);
  return { state, effects: loaded || loading === "busy" ? [] : [{ type: "fetch list", fresh: true }] };
}

function resync(state: State): Step {
  const horizons = { [state.view]: horizonOf(state) };
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

function withLoading(state: State, view: FilterKey, loading: "busy" | "failed"): State {
  return { ...state, horizons: { ...state.horizons, [view]: { ...horizonOf(state, view), loading } } };
}

/** The conversation was deleted, or never was here. */
function gone(state: State, id: Id): State {
  const entries = new Map(state.entries);
  const threads = new Map(state.threads);
  const selected = new Set(state.selected);
  for (const kept of [entries, threads, selected]) kept.delete(id);
  const cursor = state.cursor === id ? null : state.cursor;
  return { ...state, entries, threads, selected, cursor, missing: state.missing || state.open === id };
}

function only(state: State): Step {
  return { state, effects: [] };
}

function never(value: never): never {
  throw new Error(`not an action: ${JSON.stringify(value)}`);
}
