/** Unread counts: the server's numbers, adjusted by local changes of known rows. */

import type { Action, Effect, Step } from "./actions";
import type { Conversation, Id, Message, State, Unread } from "./model";
import { belongs } from "./select";

export const COUNTED = ["open", "mine", "unassigned", "pending", "waiting"] as const;
export type Counted = (typeof COUNTED)[number];

const FETCH_UNREAD: Effect = { type: "fetch unread" };

/** The step with updated counts, and a fetch where only the server can know them. */
export function withUnread(before: State, action: Action, step: Step): Step {
  switch (action.type) {
    case "unread":
      return adopted(step, action);
    case "live":
      return action.live === "open" && before.live !== "open" ? asking(step) : step;
    case "resync":
      return asking({ ...step, state: withMarks(step.state, new Map()) });
    case "message":
    case "changed":
      if (before.entries.has(action.conversation)) return moved(before, step, action.conversation);
      return asking(action.type === "message" ? begun(step, action.message) : step);
    case "sent":
      return moved(before, step, action.conversation);
    case "mark read": {
      const read = before.entries.get(action.conversation)?.conversation.read_seq;
      if (read === undefined || read >= action.seq) return step;
      const marks = new Map(step.state.unread.marks).set(action.conversation, action.seq);
      return moved(before, { ...step, state: withMarks(step.state, marks) }, action.conversation);
    }
    case "read":
      if (action.reader.id !== before.me) return step;
      if (!before.entries.has(action.conversation)) return asking(step);
      return confirmed(moved(before, step, action.conversation), action.conversation, action.seq);
    case "conversation":
      return differs(before, step.state, action.conversation.id) ? asking(step) : step;
    case "list":
      return action.items.some((row) => differs(before, step.state, row.id)) ? asking(step) : step;
    default:
      return step;
  }
}

function adopted(step: Step, { counts, moves }: Extract<Action, { type: "unread" }>): Step {
  const { unread } = step.state;
  // The server may not have our latest read marks yet: fetch again when it has confirmed them.
  const next = withNumbers(step.state, { ...unread, counts, unsure: unread.marks.size > 0 });
  return unread.moves === moves ? { ...step, state: next } : asking({ ...step, state: next });
}

function confirmed(step: Step, id: Id, seq: number): Step {
  const { unread } = step.state;
  if ((unread.marks.get(id) ?? Number.POSITIVE_INFINITY) > seq) return step;
  const marks = new Map(unread.marks);
  marks.delete(id);
  const ask = unread.unsure && marks.size === 0;
  // A response in flight may have been counted before the server had this mark.
  const numbers = { ...unread, marks, moves: unread.moves + 1, unsure: unread.unsure && !ask };
  const next = { ...step, state: withNumbers(step.state, numbers) };
  return ask ? asking(next) : next;
}

/** A new conversation of which only the first message is known: it counts as open and unassigned. */
function begun(step: Step, { seq, author }: Message): Step {
  const { unread } = step.state;
  if (seq !== 1 || author.party !== "visitor" || unread.counts === null) return step;
  const { open, unassigned, waiting } = unread.counts;
  const counts = { ...unread.counts, open: open + 1, unassigned: unassigned + 1, waiting: waiting + 1 };
  return { ...step, state: withNumbers(step.state, { ...unread, counts, moves: unread.moves + 1 }) };
}

/** An event changed a known row: adjusts the counts by the difference. */
function moved(before: State, step: Step, id: Id): Step {
  const { unread } = step.state;
  const was = shares(before, id);
  const now = shares(step.state, id);
  if (COUNTED.every((name) => was[name] === now[name])) return step;
  const next = unread.counts === null ? null : { ...unread.counts };
  for (const name of COUNTED) {
    if (next !== null) next[name] = Math.max(0, next[name] - Number(was[name]) + Number(now[name]));
  }
  return { ...step, state: withNumbers(step.state, { ...unread, counts: next, moves: unread.moves + 1 }) };
}

/** Whether a response changes how a row is counted. */
function differs(before: State, after: State, id: Id): boolean {
  if (!before.entries.has(id)) return false;
  const was = shares(before, id);
  const now = shares(after, id);
  return COUNTED.some((name) => was[name] !== now[name]);
}

function shares(state: State, id: Id): Readonly<Record<Counted, boolean>> {
  const row = state.entries.get(id)?.conversation;
  return Object.fromEntries(
    COUNTED.map((name) => [name, row !== undefined && row.unread > 0 && counts(name, row, state.me)]),
  ) as Record<Counted, boolean>;
}

function counts(name: Counted, row: Conversation, me: Id): boolean {
  if (name !== "waiting") return belongs(name, row, me);
  const ours = row.assignee === null || row.assignee.id === me;
  return ours && (row.status === "open" || row.status === "pending");
}

/** Unread conversations of a view: the server's count, or, until it is loaded, the known rows. */
export function unreadIn(state: State, name: Counted): number {
  if (state.unread.counts !== null) return state.unread.counts[name];
  let count = 0;
  for (const { conversation: row } of state.entries.values()) {
    if (row.unread > 0 && counts(name, row, state.me)) count += 1;
  }
  return count;
}

function asking(step: Step): Step {
  return { ...step, effects: [...step.effects, FETCH_UNREAD] };
}

function withMarks(state: State, marks: ReadonlyMap<Id, number>): State {
  return withNumbers(state, { ...state.unread, marks });
}

function withNumbers(state: State, unread: Unread): State {
  return { ...state, unread };
}
