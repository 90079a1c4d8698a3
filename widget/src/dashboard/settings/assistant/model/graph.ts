/** A workflow as the server knows it (core/assistant/graph.py): nodes, and the node that each route leads to. Pure. */

export const FORMAT = 1;
export const MAX_NODES = 200;
export const MAX_CASES = 10;
export const MAX_PROMPT = 8_000; // characters; also of a question and of a text for the visitor
export const MAX_NAME = 80; // characters

export type NodeType = "start" | "llm" | "action" | "condition" | "switch" | "collect" | "handoff" | "end";

export const NODE_TYPES: readonly NodeType[] = [
  "start",
  "llm",
  "action",
  "condition",
  "switch",
  "collect",
  "handoff",
  "end",
];

export const VALUE_TYPES = ["text", "email", "phone", "number", "date"] as const;

interface Base {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

export interface Case {
  readonly name: string;
  readonly when: string;
  readonly next: string;
}

export type Arguments = Readonly<Record<string, unknown>>;

export type StartNode = Base & { readonly type: "start"; readonly next: string };
export type ModelNode = Base & {
  readonly type: "llm";
  readonly prompt: string;
  readonly tools: readonly string[];
  readonly next: string;
};
export type ActionNode = Base & {
  readonly type: "action";
  readonly tool: string;
  readonly arguments: Arguments;
  readonly by_model: boolean;
  readonly prompt: string;
  readonly next: string;
};
export type ConditionNode = Base & {
  readonly type: "condition";
  readonly question: string;
  readonly yes: string;
  readonly no: string;
};
export type SwitchNode = Base & {
  readonly type: "switch";
  readonly question: string;
  readonly cases: readonly Case[];
  readonly default: string;
};
export type CollectNode = Base & {
  readonly type: "collect";
  readonly variable: string;
  readonly value_type: string;
  readonly question: string;
  readonly next: string;
  readonly otherwise: string;
};
export type HandoffNode = Base & { readonly type: "handoff"; readonly reason: string; readonly text: string };
export type EndNode = Base & { readonly type: "end"; readonly text: string };

export type WorkflowNode =
  | StartNode
  | ModelNode
  | ActionNode
  | ConditionNode
  | SwitchNode
  | CollectNode
  | HandoffNode
  | EndNode;

export interface Workflow {
  readonly format: number;
  readonly nodes: readonly WorkflowNode[];
}

/** A way out of a node. `key`: its handle on the canvas: `next`, `yes`, `case:0` …; names of cases may be equal or
 *  empty in a draft. */
export interface Route {
  readonly key: string;
  readonly name: string; // of a case; else the same as `key`
  readonly target: string; // "": leads nowhere yet
  readonly optional: boolean;
}

export interface Edge {
  readonly id: string;
  readonly source: string;
  readonly key: string;
  readonly target: string;
}

export function newNode(type: NodeType, id: string, x: number, y: number): WorkflowNode {
  const base = { id, name: "", x, y };
  switch (type) {
    case "start":
      return { ...base, type, next: "" };
    case "llm":
      return { ...base, type, prompt: "", tools: [], next: "" };
    case "action":
      return { ...base, type, tool: "", arguments: {}, by_model: false, prompt: "", next: "" };
    case "condition":
      return { ...base, type, question: "", yes: "", no: "" };
    case "switch":
      return { ...base, type, question: "", cases: [{ name: "", when: "", next: "" }], default: "" };
    case "collect":
      return { ...base, type, variable: "", value_type: "text", question: "", next: "", otherwise: "" };
    case "handoff":
      return { ...base, type, reason: "", text: "" };
    case "end":
      return { ...base, type, text: "" };
    default:
      return type satisfies never;
  }
}

export function routesOf(node: WorkflowNode): readonly Route[] {
  const route = (key: string, target: string, optional = false): Route => ({ key, name: key, target, optional });
  switch (node.type) {
    case "start":
    case "action":
      return [route("next", node.next)];
    case "llm":
      return [route("next", node.next, true)];
    case "condition":
      return [route("yes", node.yes), route("no", node.no)];
    case "switch":
      return [
        ...node.cases.map(({ name, next }, index) => ({ ...route(`case:${index}`, next), name })),
        route("default", node.default),
      ];
    case "collect":
      return [route("next", node.next), route("otherwise", node.otherwise, true)];
    case "handoff":
    case "end":
      return [];
    default:
      return node satisfies never;
  }
}

/** The node with that route leading to `target`; a key that it lacks changes nothing. */
export function routed(node: WorkflowNode, key: string, target: string): WorkflowNode {
  if (!routesOf(node).some((route) => route.key === key)) return node;
  if (node.type !== "switch" || key === "default") return { ...node, [key]: target } as WorkflowNode;
  const index = Number(key.slice("case:".length));
  return { ...node, cases: node.cases.map((one, at) => (at === index ? { ...one, next: target } : one)) };
}

export function edgeId(source: string, key: string): string {
  return `${source} ${key}`;
}

/** The routes that lead to a node. */
export function edgesOf({ nodes }: Workflow): readonly Edge[] {
  const known = new Set(nodes.map(({ id }) => id));
  return nodes.flatMap((node) =>
    routesOf(node)
      .filter(({ target }) => known.has(target))
      .map(({ key, target }) => ({ id: edgeId(node.id, key), source: node.id, key, target })),
  );
}

/** In reading order: breadth first from the start, then what is not reachable, by position. */
export function ordered({ nodes }: Workflow): readonly WorkflowNode[] {
  const by_id = new Map(nodes.map((node) => [node.id, node]));
  const found = new Set<WorkflowNode>();
  const follow = (from: readonly WorkflowNode[]): void => {
    let left = from;
    while (left.length > 0) {
      for (const node of left) found.add(node);
      const next = left.flatMap((node) => routesOf(node).map(({ target }) => by_id.get(target)));
      left = [...new Set(next)].filter((node): node is WorkflowNode => node !== undefined && !found.has(node));
    }
  };
  follow(nodes.filter(({ type }) => type === "start"));
  for (const node of [...nodes].sort((one, other) => one.y - other.y || one.x - other.x))
    if (!found.has(node)) follow([node]);
  return [...found];
}

/** The first line of what a node says, asks or does; "" if it is empty. */
export function excerpt(node: WorkflowNode): string {
  const text = ((): string => {
    switch (node.type) {
      case "start":
        return "";
      case "llm":
        return node.prompt;
      case "action":
        return node.by_model ? node.prompt : "";
      case "condition":
      case "switch":
      case "collect":
        return node.question;
      case "handoff":
        return node.text || node.reason;
      case "end":
        return node.text;
      default:
        return node satisfies never;
    }
  })();
  return text.trim().split("\n")[0] ?? "";
}
