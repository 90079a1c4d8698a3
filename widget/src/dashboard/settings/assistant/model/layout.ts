/** Places the nodes of a workflow from left to right. With its library loaded when an author asks for it. */

import { Graph, layout as place } from "@dagrejs/dagre";

import type { Point } from "./edits";
import { type Edge, edgesOf, ordered, routesOf, type Workflow } from "./graph";

export interface Size {
  readonly width: number;
  readonly height: number;
}

const WIDTH = 240; // px of a node on the canvas that was not measured
const HEAD = 74; // px
const ROUTE = 26; // px
const MANY = 60; // nodes: with all routes of more of them the library can take ten seconds

export function layout(workflow: Workflow, sizes: ReadonlyMap<string, Size>): ReadonlyMap<string, Point> {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 36, ranksep: 84, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of workflow.nodes) {
    const estimated = { width: WIDTH, height: HEAD + ROUTE * routesOf(node).length };
    graph.setNode(node.id, { ...(sizes.get(node.id) ?? estimated) });
  }
  const edges = workflow.nodes.length > MANY ? treeOf(workflow) : edgesOf(workflow);
  for (const { id, source, target } of edges) if (source !== target) graph.setEdge(source, target, {}, id);
  place(graph);
  const boxes = new Map(workflow.nodes.map(({ id }) => [id, graph.node(id) as Point & Size]));
  // The library does not know in which order the routes leave a step: of the drawing and its mirror, the better one.
  const sign = disorder(workflow, boxes, 1) <= disorder(workflow, boxes, -1) ? 1 : -1;
  return new Map(
    [...boxes].map(([id, { x, y, width, height }]) => [
      id,
      { x: Math.round(x - width / 2), y: Math.round(sign * y - height / 2) },
    ]),
  );
}

/** The first route that leads to each step, in reading order. */
function treeOf(workflow: Workflow): readonly Edge[] {
  const edges = edgesOf(workflow);
  const seen = new Set<string>();
  return ordered(workflow).flatMap((node) => {
    seen.add(node.id);
    return edges.filter(({ source, target }) => {
      if (source !== node.id || seen.has(target)) return false;
      seen.add(target);
      return true;
    });
  });
}

/** How many pairs of routes of one step cross each other. `sign`: of the y axis. */
function disorder({ nodes }: Workflow, boxes: ReadonlyMap<string, Point>, sign: 1 | -1): number {
  let count = 0;
  for (const node of nodes) {
    const ys = routesOf(node)
      .map(({ target }) => boxes.get(target)?.y)
      .filter((y) => y !== undefined);
    for (const [index, y] of ys.entries())
      count += ys.slice(index + 1).filter((other) => sign * (other - y) < 0).length;
  }
  return count;
}
