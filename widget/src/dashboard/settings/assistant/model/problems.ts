/** The problems of a saved draft, by node. Pure. */

import type { GraphProblem } from "../api";
import { routesOf, type Workflow } from "./graph";

export type ProblemsOfNodes = ReadonlyMap<string, readonly GraphProblem[]>;

export function byNode(problems: readonly GraphProblem[]): ProblemsOfNodes {
  const found = new Map<string, GraphProblem[]>();
  for (const problem of problems) {
    const mine = found.get(problem.node);
    if (mine === undefined) found.set(problem.node, [problem]);
    else mine.push(problem);
  }
  return found;
}

/** The problems of nodes that still exist, those of the whole workflow first, then in the order of `nodes`. */
export function inOrder(problems: readonly GraphProblem[], ids: readonly string[]): readonly GraphProblem[] {
  const places = new Map(ids.map((id, index) => [id, index]));
  const place = ({ node }: GraphProblem): number => (node === "" ? -1 : (places.get(node) ?? Number.MAX_SAFE_INTEGER));
  return problems.filter(({ node }) => node === "" || places.has(node)).sort((one, other) => place(one) - place(other));
}

/** The key of a route that a problem `not_wired` names. */
export function routeOf(workflow: Workflow, { node, detail }: GraphProblem): string | null {
  const found = workflow.nodes.find(({ id }) => id === node);
  return found === undefined ? null : (routesOf(found).find(({ name }) => name === detail)?.key ?? null);
}
