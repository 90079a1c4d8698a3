/** The conversations that are selected to be changed together. Ids, so that the selection survives updates and sorting;
 *  a row that leaves the list is not changed, and is selected again when it comes back. Pure. */

import type { Conversation, Id, State } from "../state/model";

export type SelectionAction =
  | { readonly type: "select"; readonly ids: readonly Id[]; readonly on: boolean; readonly cursor: Id | null }
  | { readonly type: "select none" };

export function withSelection(state: State, action: SelectionAction): State {
  if (action.type === "select none") {
    return state.selected.size === 0 && state.cursor === null ? state : unselected(state);
  }
  const selected = new Set(state.selected);
  for (const id of action.ids) {
    if (action.on) selected.add(id);
    else selected.delete(id);
  }
  return { ...state, selected, cursor: action.cursor };
}

export function unselected(state: State): State {
  return { ...state, selected: new Set(), cursor: null };
}

/** The selected rows among those that are listed. */
export function selectedOf(state: State, rows: readonly Conversation[]): readonly Conversation[] {
  return state.selected.size === 0 ? [] : rows.filter((row) => state.selected.has(row.id));
}

/** All rows from one to the other, both included; without the first, only the second. */
export function range(rows: readonly Conversation[], from: Id | null, to: Id): readonly Id[] {
  const start = rows.findIndex((row) => row.id === from);
  const end = rows.findIndex((row) => row.id === to);
  if (start < 0 || end < 0) return [to];
  return rows.slice(Math.min(start, end), Math.max(start, end) + 1).map((row) => row.id);
}

/** One row further: the row at the cursor and the one next to it are selected; back over a selected one unselects the
 *  row that is left. `from`: where it begins without a cursor. */
export function extended(
  state: State,
  rows: readonly Conversation[],
  from: Id | null,
  step: 1 | -1,
): SelectionAction | null {
  const begin = state.cursor ?? from;
  const at = rows.findIndex((row) => row.id === begin);
  const here = rows[at];
  if (here === undefined) {
    const first = rows[0];
    return first === undefined ? null : { type: "select", ids: [first.id], on: true, cursor: first.id };
  }
  const next = rows[at + step];
  if (next === undefined) return { type: "select", ids: [here.id], on: true, cursor: here.id };
  if (state.cursor !== null && state.selected.has(here.id) && state.selected.has(next.id)) {
    return { type: "select", ids: [here.id], on: false, cursor: next.id };
  }
  return { type: "select", ids: [here.id, next.id], on: true, cursor: next.id };
}
