/** Workflows for tests. */

import {
  FORMAT,
  newNode,
  type NodeType,
  type Workflow,
  type WorkflowNode,
} from "../../../src/dashboard/settings/assistant/model/graph";
import type { WorkflowDraft } from "../../../src/dashboard/settings/assistant/api";

/** A node with the given fields. */
export function node<T extends NodeType>(type: T, id: string, fields: object = {}): WorkflowNode {
  return { ...newNode(type, id, 0, 0), ...fields } as WorkflowNode;
}

export function flow(...nodes: readonly WorkflowNode[]): Workflow {
  return { format: FORMAT, nodes };
}

/** start → refund? yes → form → thanks, no → answer. */
export const SHOP = flow(
  node("start", "start", { next: "refund" }),
  node("condition", "refund", { name: "Refund?", question: "A refund?", yes: "form", no: "answer" }),
  node("action", "form", { tool: "send_form", arguments: { template: "Refund" }, next: "thanks" }),
  node("end", "thanks", { text: "Thank you." }),
  node("llm", "answer", { prompt: "Answer." }),
);

export function draft(workflow: Workflow = SHOP, fields: Partial<WorkflowDraft> = {}): WorkflowDraft {
  return {
    workflow,
    version: 1,
    problems: [],
    changed_at: null,
    changed_by: null,
    choices: { templates: ["Refund"], members: [], tools: [] },
    ...fields,
  };
}
