/** Selects the rows of a view: which belong to it, in which order, and down to which horizon. */

import { type Filter, type FilterKey, filterOf, fits, isListed, isShownIn, waitingSince } from "./filter";
import { type Conversation, type Horizon, horizonOf, type Id, type Resource, type State } from "./model";
import { spokenLanguage } from "../texts/areas";
import { meet, nameOf } from "./placeholder_names";

/** Whether a row belongs to the list of a filter; frames move rows between lists. */
export function belongs(view: FilterKey, row: Conversation, me: Id): boolean {
  return isShownIn(view, row) && fits(filterOf(view), row, me);
}

/** Newest first, ids settle ties: the server's keyset order. */
export function byRecency(a: Conversation, b: Conversation): number {
  if (a.last_message_at !== b.last_message_at) return b.last_message_at - a.last_message_at;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** Who waits the longest comes first; who does not wait comes last. */
export function byWaiting(a: Conversation, b: Conversation): number {
  const [first, second] = [placeOf(a), placeOf(b)];
  if (first !== second) return first - second;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

export function orderOf({ waiting }: Filter): (a: Conversation, b: Conversation) => number {
  return waiting ? byWaiting : byRecency;
}

/** What a list is sorted by, of one row. */
export function placeIn({ waiting }: Filter, row: Conversation): number {
  return waiting ? placeOf(row) : row.last_message_at;
}

function placeOf(row: Conversation): number {
  return waitingSince(row) ?? Number.POSITIVE_INFINITY;
}

export function listed(state: State): readonly Conversation[] {
  const filter = filterOf(state.view);
  const query = folded(state.query);
  const horizon = horizonOf(state);
  const rows: Conversation[] = [];
  meet([...state.entries.values()].map(({ conversation }) => conversation.visitor));
  for (const { conversation: row } of state.entries.values()) {
    if (!isShownIn(state.view, row) || !isListed(state, filter, row)) continue;
    // A filter searches all known rows; without one, rows below the horizon are hidden, because rows between them may
    // be missing.
    if (query === "" ? !above(row, horizon, filter) : !state.found.has(row.id) && !matches(row, query)) continue;
    rows.push(row);
  }
  return rows.sort(orderOf(filter));
}

export function matches(row: Conversation, folded_query: string): boolean {
  const { name, email = "" } = row.visitor;
  const shown = nameOf(row.visitor, spokenLanguage());
  return folded(
    `${name === shown ? "" : name} ${shown} ${email} ${row.snippet} ${row.assignee?.full_name ?? ""}`,
  ).includes(folded_query);
}

/** Normalises text for search: no case, no accents ("hoa don" finds "Hoá đơn"). */
export function folded(text: string): string {
  return text.trim().toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d");
}

/** Whether a row is in the part of the list that is known without a gap. */
export function above(row: Conversation, horizon: Horizon, filter: Filter): boolean {
  if (!horizon.loaded || horizon.end) return horizon.loaded;
  if (filter.waiting) {
    const place = placeOf(row);
    return place === horizon.at ? row.id <= horizon.id : place < horizon.at;
  }
  if (row.last_message_at !== horizon.at) return row.last_message_at > horizon.at;
  return row.id >= horizon.id;
}

/** One thing of a resource, as a resource of its own: to be notified of its changes alone. */
export function partOf(resource: Resource, id: Id): Resource {
  return `${resource}/${id}`;
}

/** A number that grows with every sign that a resource may have changed. */
export function revisionOf(state: State, resource: Resource): number {
  return (state.revisions.get(resource) ?? 0) + state.resyncs;
}

/** Whether the agent should be alerted: the conversation is theirs or unassigned. */
export function concerns(state: State, conversation: Id): boolean {
  const row = state.entries.get(conversation)?.conversation;
  if (row === undefined) return true; // unknown here: a new, unassigned conversation
  return row.status !== "spam" && (row.assignee === null || belongs("mine", { ...row, status: "open" }, state.me));
}
