/** How nodes, routes, fields and problems are called on the screen. */

import type { IconName } from "../../../views/parts/icons";
import type { GraphProblem } from "../api";
import { type Translate, worded } from "../i18n";
import { excerpt, type NodeType, type Route, routesOf, type Workflow, type WorkflowNode } from "../model/graph";

export const ICONS: Readonly<Record<NodeType, IconName>> = {
  start: "play",
  llm: "sparkle",
  action: "bolt",
  condition: "question",
  switch: "split",
  collect: "form",
  handoff: "user",
  end: "stop",
};

const MAX_LABEL = 60; // characters

/** Its name, else what it says, else its type. */
export function labelOf(node: WorkflowNode, t: Translate): string {
  if (node.name.trim() !== "") return node.name;
  const text = excerpt(node);
  if (text !== "") return text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL)}…` : text;
  if (node.type === "action" && node.tool !== "") return worded(t, "flow.tool", node.tool);
  return typeOf(node.type, t);
}

/** The label of a node by its id: `…` where the route leads nowhere. */
export function labelOfTarget({ nodes }: Workflow, id: string, t: Translate): string {
  const found = nodes.find((node) => node.id === id);
  return found === undefined ? t("flow.nowhere") : labelOf(found, t);
}

export function typeOf(type: NodeType, t: Translate): string {
  return t(`flow.type.${type}`);
}

export function routeLabel(node: WorkflowNode, route: Route, t: Translate): string {
  if (route.key.startsWith("case:")) return route.name.trim() === "" ? t("flow.case.unnamed") : route.name;
  return node.type === "collect" && route.key === "next"
    ? t("flow.route.collected")
    : worded(t, "flow.route", route.key);
}

/** Where a route leads, also when it leads to no step. */
export function targetLabel(workflow: Workflow, node: WorkflowNode, { target, optional }: Route, t: Translate): string {
  if (target !== "" || !optional) return labelOfTarget(workflow, target, t);
  return t(node.type === "collect" ? "flow.nowhere.collect" : "flow.nowhere.llm");
}

/** The sentence of a problem. */
export function problemText({ nodes }: Workflow, { node, code, detail }: GraphProblem, t: Translate): string {
  const at = nodes.find(({ id }) => id === node);
  const key = `flow.problem.${code}`;
  const text = worded(t, "flow.problem", code);
  const named = (): string => {
    if (code === "not_wired") return at === undefined ? detail : nameOfRoute(at, detail, t);
    if (code === "unknown_choice" || code === "bad_arguments") return worded(t, "flow.argument", detail);
    return detail;
  };
  return text === code
    ? t("flow.problem.other", { code: key.replace("flow.problem.", "") })
    : text.replace("{what}", named());
}

function nameOfRoute(node: WorkflowNode, name: string, t: Translate): string {
  const route = routesOf(node).find((one) => one.name === name);
  return route === undefined ? name : routeLabel(node, route, t);
}

/** The name of a field of a difference: `prompt`, `arguments.template`, `cases[0].name`. */
export function fieldLabel(field: string, t: Translate): string {
  const one_case = /^cases\[(\d+)\]\.(\w+)$/.exec(field);
  if (one_case !== null)
    return `${t("flow.case.n", { n: Number(one_case[1]) + 1 })}: ${worded(t, "flow.field", one_case[2] ?? "")}`;
  if (field.startsWith("arguments.")) return worded(t, "flow.argument", field.slice("arguments.".length));
  return worded(t, "flow.field", field);
}
