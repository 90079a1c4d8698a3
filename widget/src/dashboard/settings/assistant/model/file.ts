/** The JSON file of a workflow: written for an export, read for an import. Pure. */

import { type Case, FORMAT, MAX_NODES, newNode, NODE_TYPES, type NodeType } from "./graph";
import type { Workflow, WorkflowNode } from "./graph";

export type FileFault = "not_json" | "not_a_workflow" | "newer" | "too_many";

export function fileText(workflow: Workflow): string {
  return `${JSON.stringify(workflow, null, 2)}\n`;
}

/** The workflow of a file, or why it is none. Missing fields get their defaults, unknown ones are left out. */
export function workflowOf(text: string): Workflow | FileFault {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return "not_json";
  }
  if (!isRecord(given) || !Array.isArray(given["nodes"])) return "not_a_workflow";
  const format = given["format"] ?? FORMAT;
  if (typeof format !== "number") return "not_a_workflow";
  if (format > FORMAT) return "newer";
  if (given["nodes"].length > MAX_NODES) return "too_many";
  const nodes = given["nodes"].map(nodeOf);
  return nodes.includes(null) ? "not_a_workflow" : { format: FORMAT, nodes: nodes as WorkflowNode[] };
}

function nodeOf(given: unknown): WorkflowNode | null {
  if (!isRecord(given)) return null;
  const { id, type } = given;
  if (typeof id !== "string" || id === "" || !NODE_TYPES.includes(type as NodeType)) return null;
  const node: Record<string, unknown> = { ...newNode(type as NodeType, id, 0, 0), cases: [] };
  if (type !== "switch") delete node["cases"];
  for (const [field, fallback] of Object.entries(node)) {
    const value = given[field];
    if (value === undefined || field === "type") continue;
    const read = fieldOf(field, value, fallback);
    if (read === undefined) return null;
    node[field] = read;
  }
  return node as unknown as WorkflowNode;
}

/** The value of a field; undefined: it is of another type. */
function fieldOf(field: string, value: unknown, fallback: unknown): unknown {
  if (field === "cases") {
    const cases = Array.isArray(value) ? value.map(caseOf) : [null];
    return cases.includes(null) ? undefined : cases;
  }
  if (field === "tools")
    return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
  if (field === "arguments") return isRecord(value) ? value : undefined;
  if (typeof fallback === "number" && !Number.isFinite(value)) return undefined;
  return typeof value === typeof fallback ? value : undefined;
}

function caseOf(given: unknown): Case | null {
  if (!isRecord(given)) return null;
  const { name, when = "", next = "" } = given;
  if (typeof name !== "string" || typeof when !== "string" || typeof next !== "string") return null;
  return { name, when, next };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
