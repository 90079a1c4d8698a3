/** What differs between two workflows, node by node and field by field. Positions do not count. Pure. */

import type { Workflow, WorkflowNode } from "./graph";

export interface FieldChange {
  readonly field: string; // as in the node; of a case `cases[0].next`
  readonly before: string;
  readonly after: string;
  readonly target: boolean; // both are ids of nodes
}

export type Difference =
  | { readonly type: "added" | "removed"; readonly node: WorkflowNode }
  | { readonly type: "changed"; readonly node: WorkflowNode; readonly fields: readonly FieldChange[] };

const ROUTES = new Set(["next", "yes", "no", "default", "otherwise"]);

/** What leads from `before` to `after`. A node of another type counts as removed and added. */
export function differences(before: Workflow, after: Workflow): readonly Difference[] {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const fresh = new Map(after.nodes.map((node) => [node.id, node]));
  const found: Difference[] = [];
  for (const node of before.nodes) if (fresh.get(node.id)?.type !== node.type) found.push({ type: "removed", node });
  for (const node of after.nodes) {
    const was = old.get(node.id);
    if (was === undefined || was.type !== node.type) found.push({ type: "added", node });
    else {
      const fields = changesOf(was, node);
      if (fields.length > 0) found.push({ type: "changed", node, fields });
    }
  }
  return found;
}

export function isSame(one: Workflow, other: Workflow): boolean {
  return one === other || JSON.stringify(one.nodes.map(sorted)) === JSON.stringify(other.nodes.map(sorted));
}

function changesOf(was: WorkflowNode, is: WorkflowNode): readonly FieldChange[] {
  const before = flat(was);
  const after = flat(is);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => (before.get(field) ?? "") !== (after.get(field) ?? ""))
    .map((field) => ({
      field,
      before: before.get(field) ?? "",
      after: after.get(field) ?? "",
      target: ROUTES.has(field.replace(/^.*\./, "")),
    }));
}

/** The fields as texts. Arguments and cases are taken apart. */
function flat(node: WorkflowNode): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [field, value] of Object.entries(node)) {
    if (["id", "type", "x", "y"].includes(field)) continue;
    if (field === "arguments")
      for (const [name, given] of Object.entries(value as object)) found.set(`arguments.${name}`, shown(given));
    else if (field === "cases")
      (value as readonly object[]).forEach((one, index) => {
        for (const [name, given] of Object.entries(one)) found.set(`cases[${index}].${name}`, shown(given));
      });
    else found.set(field, shown(value));
  }
  return found;
}

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}

function sorted(node: WorkflowNode): unknown {
  return Object.entries(node).sort(([one], [other]) => (one < other ? -1 : 1));
}
