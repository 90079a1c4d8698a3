/** Factories for conversations, messages and states. */

import type { Action, Effect } from "../../src/dashboard/state/actions";
import type { Conversation, Message, Person, State } from "../../src/dashboard/state/model";
import { emptyState } from "../../src/dashboard/state/model";
import { reduce } from "../../src/dashboard/state/reduce";

export const ME = "me";
export const VISITOR: Person = { party: "visitor", id: "v1", name: "Sofia" };
export const AGENT: Person = { party: "agent", id: ME, name: "Mai" };
export const COLLEAGUE: Person = { party: "agent", id: "jonas", name: "Jonas" };

export function row(id: string, fields: Partial<Conversation> = {}): Conversation {
  return {
    id,
    visitor: { id: `v-${id}`, name: `Visitor ${id}`, online: false, url: "", title: "" },
    status: "open",
    assignee: null,
    last_seq: 1,
    last_change: 0,
    snippet: "hello",
    last_message_at: 1_000,
    created_at: 1_000,
    read_seq: 0,
    unread: 1,
    visitor_read_seq: 0,
    ...fields,
  };
}

export function message(seq: number, fields: Partial<Message> = {}): Message {
  return {
    seq,
    id: `m${seq}`,
    ref: `r${seq}`,
    author: VISITOR,
    at: 1_000 + seq,
    kind: "text",
    body: `text ${seq}`,
    ...fields,
  };
}

export function messages(from: number, to: number): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
}

/** Reduces actions one after the other; returns the effects of the last one. */
export function after(state: State, ...actions: readonly Action[]): { state: State; effects: readonly Effect[] } {
  let effects: readonly Effect[] = [];
  let next = state;
  for (const action of actions) ({ state: next, effects } = reduce(next, action));
  return { state: next, effects };
}

export function listOf(...items: readonly Conversation[]): Action {
  return { type: "list", view: "open", items, cursor: null, fresh: true, tick: 0 };
}

/** An inbox with these conversations in the open view. */
export function atWork(...items: readonly Conversation[]): State {
  return after(emptyState(ME, "p"), { type: "live", live: "open" }, listOf(...items)).state;
}

/** An inbox with `c` open; it has messages 1 to `last`, all read. */
export function reading(last: number): State {
  return after(
    atWork(row("c", { last_seq: last, read_seq: last, unread: 0 })),
    { type: "open", conversation: "c" },
    { type: "messages", conversation: "c", where: "latest", items: messages(1, last), has_more: false },
  ).state;
}
