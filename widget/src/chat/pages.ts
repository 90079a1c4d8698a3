/** Hop 9: reduces a page of history into the chat's state. Pure. Not in the first load: most page views miss
 *  nothing. */

import type { Id } from "../wire/frames";
import type { ChatState } from "./model";
import { advance, insert, restarted, stale, trim, switchTo, without } from "./store";
import type { HistoryPage } from "./store";

export type PageAction =
  /** The page after a `seq`; `held` is the conversation and `heard` is lastSeq, both at the time of the request. */
  | { type: "newer"; page: HistoryPage; after: number; knownSeq: number; held?: Id | null }
  /** The newest page. */
  | { type: "newest"; page: HistoryPage; knownSeq: number; held?: Id | null }
  /** The page before the oldest message held. */
  | { type: "older"; page: HistoryPage };

export function reducePage(state: ChatState, action: PageAction): ChatState {
  switch (action.type) {
    case "newer":
      return afterNewer(state, action);
    case "newest":
      return afterNewest(state, action);
    case "older":
      return afterOlder(state, action.page);
    default:
      return action satisfies never;
  }
}

function afterNewer(state: ChatState, action: Extract<PageAction, { type: "newer" }>): ChatState {
  const { page, after, knownSeq } = action;
  const next = withFacts(state, page, knownSeq, action.held);
  if (!next) return state;
  const last = page.items[page.items.length - 1]?.seq ?? 0;
  // Every `seq` known at the time of the request is in the response, or is a note.
  const whole = Math.max(last, page.has_more ? 0 : knownSeq);
  const covered = after <= next.covered ? Math.max(next.covered, whole) : next.covered;
  return trim(advance({ ...insert(next, page.items), covered }, covered));
}

function afterNewest(state: ChatState, action: Extract<PageAction, { type: "newest" }>): ChatState {
  const { page, knownSeq } = action;
  const next = withFacts(state, page, knownSeq, action.held);
  if (!next) return state;
  const first = page.items[0]?.seq ?? 0;
  const last = page.items[page.items.length - 1]?.seq ?? 0;
  // The page joins the messages held, or replaces them: a hole in the middle is worse than a shorter history.
  const joins = !page.has_more || (next.messages.length > 0 && first <= next.covered + 1);
  const base = joins ? next : { ...next, messages: next.messages.filter((held) => held.seq > last) };
  const covered = Math.max(base.covered, last, Math.min(knownSeq, next.lastSeq));
  const reachesBack = !joins || first <= (base.messages[0]?.seq ?? Infinity);
  return trim(
    advance({ ...insert(base, page.items), covered, hasOlder: reachesBack ? page.has_more : base.hasOlder }, covered),
  );
}

function afterOlder(state: ChatState, page: HistoryPage): ChatState {
  const next = withFacts(state, page);
  return next ? { ...insert(next, page.items), hasOlder: page.has_more } : state;
}

/** The state with the conversation of a page; null when the page belongs to an older conversation.
 *
 *  The page is the server's word. When it names another conversation, `held` (ours at the time of the request) no longer
 *  exists. When its last `seq` is below `heard`, the server was restored from a backup: the messages held belong to a
 *  lost history, and the same `seq` will come again for another message. */
function withFacts(state: ChatState, page: HistoryPage, knownSeq = 0, held: Id | null = null): ChatState | null {
  const current = page.conversation;
  const gone = held !== null && held === state.conversation?.id && current?.id !== held;
  if (!current) return gone ? without(state) : state;
  if (stale(state, current.id) && !gone) return null;
  const { id, status, assignee_name, last_seq, last_change, owner } = current;
  const same = switchTo(state, id);
  const base = last_seq < knownSeq && knownSeq <= same.lastSeq ? restarted(same, last_seq) : same;
  return {
    ...base,
    conversation: {
      id,
      status,
      assignee_name,
      ...(last_change === undefined ? {} : { last_change }),
      ...(owner === undefined ? {} : { owner }), // an older server has no assistants
    },
    readSeq: Math.max(base.readSeq, current.read_seq),
    agentReadSeq: Math.max(base.agentReadSeq, current.agent_read_seq),
  };
}
