/** The editor's state with what the server does for it: saving, and drafts that others have changed. */

import { useEffect, useMemo, useReducer, useState } from "preact/hooks";

import { useUnsaved } from "../../parts/unsaved";
import { type RequestState, useRequest } from "../../parts/use_request";
import type { AssistantApi, GraphProblem, WorkflowDraft } from "../api";
import { type EditorAction, type EditorState, isDirty, opened, reduce, selectedNode } from "../model/editor";
import { ordered, type Workflow, type WorkflowNode } from "../model/graph";
import { byNode, inOrder, type ProblemsOfNodes } from "../model/problems";

export interface Editor {
  readonly state: EditorState;
  readonly workflow: Workflow;
  readonly nodes: readonly WorkflowNode[]; // in reading order
  readonly selected: WorkflowNode | null;
  readonly dispatch: (action: EditorAction) => void;
  readonly dirty: boolean;
  readonly editable: boolean;
  readonly problems: readonly GraphProblem[]; // of the saved draft
  readonly problems_of: ProblemsOfNodes;
  readonly theirs: WorkflowDraft | null; // another manager's draft, which is newer than the one this came from
  readonly saving: RequestState;
  readonly save: (version?: number) => Promise<boolean>;
  readonly take: (draft: WorkflowDraft) => void;
}

interface Given {
  readonly api: AssistantApi;
  readonly draft: WorkflowDraft; // the server's, now
  readonly editable: boolean;
  readonly onSaved: (draft: WorkflowDraft) => void;
  readonly onStale: () => void; // another manager was faster: read it again
}

export function useEditor({ api, draft, editable, onSaved, onStale }: Given): Editor {
  const [state, dispatch] = useReducer(reduce, draft, opened);
  const saving = useRequest();
  const [sent, setSent] = useState(0); // the version that this editor has saved: not another's
  const workflow = state.history.present;
  const changed = useMemo(() => isDirty(state), [workflow, state.saved]);
  const dirty = changed || (editable && state.saved.version === 0);
  useUnsaved(changed && editable);
  const newer = draft.version > state.saved.version && draft.version !== sent && !saving.busy;
  const take = (server: WorkflowDraft): void => {
    dispatch({ type: "take", draft: server });
    saving.clear();
  };
  useEffect(() => {
    if (newer && !changed) take(draft);
  }, [newer, changed]);
  useEffect(() => {
    if (saving.problem?.code === "stale") onStale();
  }, [saving.problem]);
  const save = (version: number = state.saved.version): Promise<boolean> =>
    saving.run(async () => {
      const fresh = await api.save(version, workflow);
      setSent(fresh.version);
      dispatch({ type: "saved", draft: fresh });
      onSaved(fresh);
    });
  const nodes = useMemo(() => ordered(workflow), [workflow]);
  const problems = useMemo(
    () =>
      inOrder(
        state.saved.problems,
        nodes.map(({ id }) => id),
      ),
    [state.saved, nodes],
  );
  return {
    state,
    workflow,
    nodes,
    selected: selectedNode(state),
    dispatch,
    dirty,
    editable,
    problems,
    problems_of: useMemo(() => byNode(problems), [problems]),
    theirs: newer && changed ? draft : null,
    saving,
    save,
    take,
  };
}
