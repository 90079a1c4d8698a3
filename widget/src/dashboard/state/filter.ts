/** The filter of the inbox: status, assignee, unread, forms, notes, in any combination. A filter has one key, which
 *  names its list in the state and in the address. */

import type { ViewFilter } from "../../rest/types";
import type { Conversation, Id, State } from "./model";

/** `waiting`: only those whose visitor waits, the longest first; part of no saved view. */
export type Filter = Readonly<Required<ViewFilter>> & { readonly waiting: boolean };

export const FILTER_STATUSES = ["open", "pending", "unsolved", "solved", "spam"] as const;
export const VIEWS = ["open", "mine", "unassigned", "pending", "solved", "spam", "all", "muted"] as const;
/** A filter with a name that everyone has. */
export type View = (typeof VIEWS)[number];
/** The name of a view, or the filter's fields as in a query. */
export type FilterKey = string;

const NO_FILTER: Filter = {
  status: null,
  assignee: null,
  unread: false,
  has_form: false,
  has_note: false,
  waiting: false,
};
const PRESETS: Readonly<Record<View, Filter>> = {
  open: { ...NO_FILTER, status: "open" },
  mine: { ...NO_FILTER, status: "unsolved", assignee: "me" },
  unassigned: { ...NO_FILTER, status: "open", assignee: "none" },
  pending: { ...NO_FILTER, status: "pending" },
  solved: { ...NO_FILTER, status: "solved" },
  spam: { ...NO_FILTER, status: "spam" },
  all: NO_FILTER,
  muted: NO_FILTER, // of other visitors than all the others
};
const FLAGS = ["unread", "has_form", "has_note"] as const;
const WAITING = "waiting"; // of `sort`
export const MAY_WAIT: readonly Filter["status"][] = ["open", "unsolved", null]; // statuses of which some are open
const ASSIGNEE = /^(?:me|none|someone|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function isView(key: string): key is View {
  return (VIEWS as readonly string[]).includes(key);
}

/** The canonical key: equal filters have equal keys. */
export function keyOf(filter: Partial<Filter>): FilterKey {
  const given = { ...NO_FILTER, ...filter };
  const whole = { ...given, waiting: given.waiting && MAY_WAIT.includes(given.status) };
  const preset = VIEWS.find((view) => fieldsOf(PRESETS[view]) === fieldsOf(whole));
  return preset ?? fieldsOf(whole);
}

/** The filter of a key. Keys come from addresses too: unknown fields and values are left out. */
export function filterOf(key: FilterKey): Filter {
  return isView(key) ? PRESETS[key] : parsed(new URLSearchParams(key));
}

/** The same view in the order that the agent prefers, where it has one. */
export function inOrder(key: FilterKey, waiting: boolean): FilterKey {
  return key === "muted" ? key : keyOf({ ...filterOf(key), waiting });
}

/** The view with the filter's status and assignee, whatever else it asks for. */
export function viewOf(key: FilterKey): View | null {
  if (key === "muted") return key;
  const { status, assignee } = filterOf(key);
  return VIEWS.find((view) => PRESETS[view].status === status && PRESETS[view].assignee === assignee) ?? null;
}

/** The query of REST. */
export function queryOf(key: FilterKey): string {
  if (key === "muted") return "muted=true";
  if (filterOf(key).waiting) return waitingQuery(filterOf(key));
  if (key === "mine") return "assignee=me"; // servers up to 0.2.0 do not know `unsolved`; the rest is filtered here
  return fieldsOf(filterOf(key));
}

/** The part of an address after "?"; "" for the usual view. */
export function searchOf(key: FilterKey): string {
  if (key === "open") return "";
  return isView(key) ? `view=${key}` : key;
}

/** The key in an address; null: it names no filter. */
export function keyIn(search: string): FilterKey | null {
  const parameters = new URLSearchParams(search);
  const view = parameters.get("view");
  if (view !== null && isView(view)) return view;
  const filter = parsed(parameters);
  return fieldsOf(filter) === "" ? null : keyOf(filter);
}

/** Conversations of muted visitors are in a view of their own; those of blocked ones in none. */
export function isShownIn(key: FilterKey, { visitor, withheld = false }: Conversation): boolean {
  const { restriction = null } = visitor;
  if (withheld || restriction !== null) return key === "muted" && restriction === "muted";
  return key !== "muted";
}

/** Since when the visitor waits for an answer; null: they do not. */
export function waitingSince({ status, waiting_since = null }: Conversation): number | null {
  return status === "open" ? waiting_since : null;
}

export function fits(filter: Filter, row: Conversation, me: Id): boolean {
  const { status, assignee, unread, has_form, has_note, waiting } = filter;
  if (waiting && waitingSince(row) === null) return false;
  const open = row.status === "open" || row.status === "pending";
  if (status === "unsolved" ? !open : status !== null && row.status !== status) return false;
  if (!assigned(assignee, row.assignee?.id ?? null, me)) return false;
  return !(unread && row.unread === 0) && !(has_form && !row.has_form) && !(has_note && !row.has_note);
}

/** Whether a row is listed. The open conversation stays when it has been read. */
export function isListed(state: State, filter: Filter, row: Conversation): boolean {
  return fits(row.id === state.open ? { ...filter, unread: false } : filter, row, state.me);
}

function assigned(wanted: Filter["assignee"], assignee: Id | null, me: Id): boolean {
  switch (wanted) {
    case null:
      return true;
    case "none":
      return assignee === null;
    case "someone":
      return assignee !== null;
    default:
      return assignee === (wanted === "me" ? me : wanted);
  }
}

function fieldsOf(filter: Filter): string {
  const found = new URLSearchParams();
  if (filter.status !== null) found.set("status", filter.status);
  if (filter.assignee !== null) found.set("assignee", filter.assignee);
  for (const flag of FLAGS) if (filter[flag]) found.set(flag, "true");
  if (filter.waiting) found.set("sort", WAITING);
  return found.toString();
}

/** Only open ones can wait. */
function waitingQuery(filter: Filter): string {
  return fieldsOf({ ...filter, status: null });
}

function parsed(parameters: URLSearchParams): Filter {
  const status = FILTER_STATUSES.find((one) => one === parameters.get("status")) ?? null;
  const assignee = parameters.get("assignee") ?? "";
  const flags = Object.fromEntries(FLAGS.map((flag) => [flag, parameters.get(flag) === "true"]));
  const waiting = parameters.get("sort") === WAITING && MAY_WAIT.includes(status);
  return { ...NO_FILTER, ...flags, status, waiting, assignee: ASSIGNEE.test(assignee) ? assignee : null };
}
