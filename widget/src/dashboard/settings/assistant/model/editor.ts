/** The state of the workflow editor: the draft with its history, the saved draft that it came from, and what is
 *  selected. Pure. */

import type { WorkflowDraft } from "../api";
import { isSame } from "./diff";
import { added, connected, changed, disconnected, duplicated, moved, type Point, removed } from "./edits";
import { edgesOf, type NodeType, type Workflow, type WorkflowNode } from "./graph";
import { begin, edit, type History, redo, settle, undo } from "./history";

export interface Selection {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

export interface EditorState {
  readonly history: History<Workflow>;
  readonly saved: WorkflowDraft; // as the server had it when this draft was made of it
  readonly selection: Selection;
}

export type EditorAction =
  | { readonly type: "add"; readonly node: NodeType; readonly at: Point }
  | {
      readonly type: "change";
      readonly id: string;
      readonly fields: Partial<WorkflowNode>;
      readonly mark: string | null;
    }
  | { readonly type: "connect"; readonly source: string; readonly key: string; readonly target: string }
  | { readonly type: "move"; readonly to: ReadonlyMap<string, Point>; readonly mark: string | null }
  | { readonly type: "remove selected" | "duplicate selected" | "select all" | "undo" | "redo" | "settle" }
  | { readonly type: "remove"; readonly id: string }
  | { readonly type: "replace"; readonly workflow: Workflow } // imported, or restored
  | { readonly type: "select"; readonly nodes: readonly string[] } // these alone
  | { readonly type: "selected"; readonly of: "nodes" | "edges"; readonly changes: ReadonlyMap<string, boolean> }
  | { readonly type: "saved"; readonly draft: WorkflowDraft } // what was sent; later edits stay
  | { readonly type: "take"; readonly draft: WorkflowDraft }; // the server's draft instead of this one

const NOTHING: Selection = { nodes: new Set(), edges: new Set() };

export function opened(draft: WorkflowDraft): EditorState {
  return { history: begin(draft.workflow), saved: draft, selection: NOTHING };
}

/** Whether saving would change anything. A draft that was never saved is only a proposal. */
export function isDirty({ history, saved }: EditorState): boolean {
  return !isSame(history.present, saved.workflow);
}

/** The one selected node, or null. */
export function selectedNode({ history, selection }: EditorState): WorkflowNode | null {
  const [id] = selection.nodes;
  return selection.nodes.size === 1 ? (history.present.nodes.find((node) => node.id === id) ?? null) : null;
}

export function reduce(state: EditorState, action: EditorAction): EditorState {
  const { history, selection } = state;
  const { present } = history;
  switch (action.type) {
    case "add": {
      const made = added(present, action.node, action.at);
      return made === null ? state : selecting(edited(state, made.workflow), [made.id]);
    }
    case "change":
      return edited(
        state,
        changed(present, action.id, (node) => ({ ...node, ...action.fields }) as WorkflowNode),
        action.mark,
      );
    case "connect":
      return edited(state, connected(present, action.source, action.key, action.target));
    case "move":
      return edited(state, moved(present, action.to), action.mark);
    case "remove":
      return edited(state, removed(present, new Set([action.id])));
    case "remove selected":
      return edited(state, removed(disconnected(present, selection.edges), selection.nodes));
    case "duplicate selected": {
      const made = duplicated(present, selection.nodes);
      return made.ids.size === 0 ? state : selecting(edited(state, made.workflow), [...made.ids]);
    }
    case "select all":
      return selecting(
        state,
        present.nodes.map(({ id }) => id),
      );
    case "select":
      return selecting(state, action.nodes);
    case "selected":
      return {
        ...state,
        selection: { ...selection, [action.of]: selectedAfter(selection[action.of], action.changes) },
      };
    case "replace":
      return edited(state, action.workflow);
    case "undo":
      return kept({ ...state, history: undo(history) });
    case "redo":
      return kept({ ...state, history: redo(history) });
    case "settle":
      return { ...state, history: settle(history) };
    case "saved":
      return { ...state, saved: action.draft, history: settle(history) };
    case "take":
      return kept({ ...state, saved: action.draft, history: edit(history, action.draft.workflow) });
    default:
      return action satisfies never;
  }
}

function edited(state: EditorState, next: Workflow, mark: string | null = null): EditorState {
  return next === state.history.present ? state : kept({ ...state, history: edit(state.history, next, mark) });
}

function selecting(state: EditorState, nodes: readonly string[]): EditorState {
  return kept({ ...state, selection: { nodes: new Set(nodes), edges: new Set() }, history: settle(state.history) });
}

/** Only what exists stays selected. */
function kept(state: EditorState): EditorState {
  const { nodes, edges } = state.selection;
  const { present } = state.history;
  const ids = new Set(present.nodes.map(({ id }) => id));
  const wired = edges.size === 0 ? ids : new Set(edgesOf(present).map(({ id }) => id));
  if ([...nodes].every((id) => ids.has(id)) && [...edges].every((id) => wired.has(id))) return state;
  const selection = {
    nodes: new Set([...nodes].filter((id) => ids.has(id))),
    edges: new Set([...edges].filter((id) => wired.has(id))),
  };
  return { ...state, selection };
}

function selectedAfter(now: ReadonlySet<string>, changes: ReadonlyMap<string, boolean>): ReadonlySet<string> {
  const next = new Set(now);
  for (const [id, on] of changes)
    if (on) next.add(id);
    else next.delete(id);
  return next;
}
