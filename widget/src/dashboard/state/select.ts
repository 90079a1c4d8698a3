/** Selects the rows of a view: which belong to it, in which order, and down to which horizon. */

import type { Conversation, Horizon, Id, Resource, State, View } from "./model";
import { isAnonymous, placeholderName } from "./placeholder_names";

/** The REST query of a view; the list is also filtered here, because frames move rows between views. */
export const QUERIES: Readonly<Record<View, string>> = {
  open: "status=open",
  mine: "assignee=me",
  unassigned: "status=open&assignee=none",
  pending: "status=pending",
  solved: "status=solved",
  spam: "status=spam",
  muted: "muted=true",
  all: "",
};

export function belongs(view: View, row: Conversation, me: Id): boolean {
  const { restriction = null } = row.visitor;
  if (row.withheld === true || restriction !== null) return view === "muted" && restriction === "muted";
  switch (view) {
    case "muted":
      return false;
    case "mine":
      return row.assignee?.id === me && (row.status === "open" || row.status === "pending");
    case "unassigned":
      return row.assignee === null && row.status === "open";
    case "all":
      return true;
    case "open":
    case "pending":
    case "solved":
    case "spam":
      return row.status === view;
    default:
      return never(view);
  }
}

/** Newest first, ids settle ties: the server's keyset order. */
export function byRecency(a: Conversation, b: Conversation): number {
  if (a.last_message_at !== b.last_message_at) return b.last_message_at - a.last_message_at;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

export function listed(state: State): readonly Conversation[] {
  const { view, me, unread_only } = state;
  const query = folded(state.query);
  const horizon = state.horizons[view];
  const rows: Conversation[] = [];
  for (const { conversation: row } of state.entries.values()) {
    if (!belongs(view, row, me)) continue;
    if (unread_only && row.unread === 0 && row.id !== state.open) continue;
    // A filter searches all known rows; without one, rows below the horizon are hidden, because rows between them may
    // be missing.
    if (query === "" ? !above(row, horizon) : !state.found.has(row.id) && !matches(row, query)) continue;
    rows.push(row);
  }
  return rows.sort(byRecency);
}

export function matches(row: Conversation, folded_query: string): boolean {
  const { id, name, email = "" } = row.visitor;
  const shown = isAnonymous(row.visitor) ? `${placeholderName(id, "en")} ${placeholderName(id, "vi")}` : "";
  return folded(`${name} ${shown} ${email} ${row.snippet} ${row.assignee?.full_name ?? ""}`).includes(folded_query);
}

/** Normalises text for search: no case, no accents ("hoa don" finds "Hoá đơn"). */
export function folded(text: string): string {
  return text.trim().toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d");
}

/** Whether a row is in the part of the list that is known without a gap. */
export function above(row: Conversation, horizon: Horizon): boolean {
  if (!horizon.loaded || horizon.end) return horizon.loaded;
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

function never(value: never): never {
  throw new Error(`not a view: ${String(value)}`);
}
