/** Edits of a workflow: nodes are added, changed, moved and removed, routes are wired. Pure: each returns a new one. */

import { type Case, MAX_CASES, MAX_NODES, newNode, type NodeType, routed, routesOf } from "./graph";
import type { Workflow, WorkflowNode } from "./graph";

export interface Point {
  readonly x: number;
  readonly y: number;
}

const STEP = 40; // px that a copy is moved by
const WIDE = 250; // px that a step takes, about
const [HEAD, ROUTE] = [110, 26]; // px of its height, without its routes and for each of them
const DOWN = 30; // px by which a place is looked for

/** A new node at that place, or below it where another one is. null: there are too many, or a second start. */
export function added(
  workflow: Workflow,
  type: NodeType,
  at: Point,
): { readonly workflow: Workflow; readonly id: string } | null {
  const { nodes } = workflow;
  if (nodes.length >= MAX_NODES || (type === "start" && nodes.some((node) => node.type === "start"))) return null;
  const id = freshId(workflow);
  const node = newNode(type, id, Math.round(at.x), Math.round(at.y));
  const beside = nodes.filter(({ x }) => Math.abs(x - node.x) < WIDE);
  let y = node.y;
  while (beside.some((one) => y < one.y + heightOf(one) && one.y < y + heightOf(node))) y += DOWN;
  return { workflow: { ...workflow, nodes: [...nodes, { ...node, y }] }, id };
}

function heightOf(node: WorkflowNode): number {
  return HEAD + ROUTE * routesOf(node).length;
}

/** Without these nodes; routes that led to them lead nowhere. */
export function removed(workflow: Workflow, ids: ReadonlySet<string>): Workflow {
  if (ids.size === 0) return workflow;
  const kept = workflow.nodes.filter(({ id }) => !ids.has(id));
  return { ...workflow, nodes: kept.map((node) => unwired(node, (target) => ids.has(target))) };
}

/** `edges`: ids, as of graph.edgeId. */
export function disconnected(workflow: Workflow, edges: ReadonlySet<string>): Workflow {
  if (edges.size === 0) return workflow;
  return each(workflow, (node) =>
    routesOf(node).reduce((now, { key }) => (edges.has(`${node.id} ${key}`) ? routed(now, key, "") : now), node),
  );
}

/** Whether a route of `source` may lead there: a start has no way in. */
export function connectable({ nodes }: Workflow, target: string): boolean {
  return nodes.some((node) => node.id === target && node.type !== "start");
}

/** `target` "": the route leads nowhere. */
export function connected(workflow: Workflow, source: string, key: string, target: string): Workflow {
  if (target !== "" && !connectable(workflow, target)) return workflow;
  return changed(workflow, source, (node) => routed(node, key, target));
}

export function moved(workflow: Workflow, to: ReadonlyMap<string, Point>): Workflow {
  return each(workflow, (node) => {
    const at = to.get(node.id);
    if (at === undefined) return node;
    const [x, y] = [Math.round(at.x), Math.round(at.y)];
    return x === node.x && y === node.y ? node : { ...node, x, y };
  });
}

export function changed(workflow: Workflow, id: string, change: (node: WorkflowNode) => WorkflowNode): Workflow {
  return each(workflow, (node) => (node.id === id ? change(node) : node));
}

/** Copies of these nodes, beside them; routes among them lead to the copies. A start is not copied. */
export function duplicated(
  workflow: Workflow,
  ids: ReadonlySet<string>,
): { readonly workflow: Workflow; readonly ids: ReadonlySet<string> } {
  const originals = workflow.nodes.filter(({ id, type }) => ids.has(id) && type !== "start");
  const copies = new Map<string, string>();
  let now = workflow;
  for (const node of originals) {
    if (now.nodes.length >= MAX_NODES) break;
    const id = freshId(now);
    copies.set(node.id, id);
    now = { ...now, nodes: [...now.nodes, { ...node, id, x: node.x + STEP, y: node.y + STEP }] };
  }
  const fresh = new Set(copies.values());
  const rewired = each(now, (node) =>
    fresh.has(node.id)
      ? routesOf(node).reduce((one, { key, target }) => routed(one, key, copies.get(target) ?? ""), node)
      : node,
  );
  return { workflow: rewired, ids: fresh };
}

export function withCase(cases: readonly Case[]): readonly Case[] {
  return cases.length >= MAX_CASES ? cases : [...cases, { name: "", when: "", next: "" }];
}

export function withoutCase(cases: readonly Case[], index: number): readonly Case[] {
  return cases.filter((_, at) => at !== index);
}

function each(workflow: Workflow, change: (node: WorkflowNode) => WorkflowNode): Workflow {
  const nodes = workflow.nodes.map(change);
  return nodes.every((node, index) => node === workflow.nodes[index]) ? workflow : { ...workflow, nodes };
}

function unwired(node: WorkflowNode, gone: (target: string) => boolean): WorkflowNode {
  return routesOf(node).reduce(
    (now, { key, target }) => (target !== "" && gone(target) ? routed(now, key, "") : now),
    node,
  );
}

function freshId({ nodes }: Workflow): string {
  const taken = nodes.map(({ id }) => Number(/^n(\d{1,9})$/.exec(id)?.[1] ?? 0));
  return `n${Math.max(0, ...taken) + 1}`;
}
