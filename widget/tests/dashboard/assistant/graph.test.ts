/** The model of the workflow editor: routes, edits, reading order, differences, files and layout. */

import { describe, expect, it } from "vitest";

import { differences, isSame } from "../../../src/dashboard/settings/assistant/model/diff";
import {
  added,
  changed,
  connected,
  disconnected,
  duplicated,
  moved,
  removed,
  withCase,
  withoutCase,
} from "../../../src/dashboard/settings/assistant/model/edits";
import { fileText, workflowOf } from "../../../src/dashboard/settings/assistant/model/file";
import {
  edgesOf,
  excerpt,
  MAX_NODES,
  NODE_TYPES,
  newNode,
  ordered,
  routed,
  routesOf,
} from "../../../src/dashboard/settings/assistant/model/graph";
import { layout } from "../../../src/dashboard/settings/assistant/model/layout";
import { byNode, inOrder } from "../../../src/dashboard/settings/assistant/model/problems";
import { flow, node, SHOP } from "./workflows";

const SWITCH = node("switch", "s", {
  cases: [
    { name: "a", when: "", next: "x" },
    { name: "b", when: "", next: "" },
  ],
  default: "y",
});

describe("routes", () => {
  it("of a switch are its cases and the default", () => {
    expect(routesOf(SWITCH).map(({ key, name, target }) => [key, name, target])).toEqual([
      ["case:0", "a", "x"],
      ["case:1", "b", ""],
      ["default", "default", "y"],
    ]);
  });

  it("lead elsewhere after an edit, for every type of node", () => {
    for (const type of NODE_TYPES)
      for (const { key } of routesOf(newNode(type, "n1", 0, 0))) {
        const changed_node = routed(newNode(type, "n1", 0, 0), key, "z");
        expect(routesOf(changed_node).find((route) => route.key === key)?.target).toBe("z");
      }
  });

  it("that a node lacks change nothing", () => {
    expect(routed(SWITCH, "case:2", "z")).toBe(SWITCH);
    expect(routed(node("end", "e"), "next", "z")).toEqual(node("end", "e"));
  });

  it("are drawn only to nodes that exist", () => {
    expect(edgesOf(flow(SWITCH, node("end", "y"))).map(({ id }) => id)).toEqual(["s default"]);
  });
});

describe("edits", () => {
  it("add a node with a new id, below one that is there already", () => {
    const first = added(flow(), "llm", { x: 10.4, y: 20 });
    const second = added(first!.workflow, "llm", { x: 10, y: 20 });
    expect([first!.id, second!.id]).toEqual(["n1", "n2"]);
    expect(second!.workflow.nodes.map(({ x, y }) => [x, y])).toEqual([
      [10, 20],
      [10, 170],
    ]);
    const below = added(flow(SWITCH), "end", { x: SWITCH.x, y: SWITCH.y + 150 })!.workflow.nodes[1]!;
    expect(below.y - SWITCH.y).toBeGreaterThan(110 + 26 * routesOf(SWITCH).length - 1); // it is as high as its cases
  });

  it("add no second start, and no more nodes than the server takes", () => {
    expect(added(SHOP, "start", { x: 0, y: 0 })).toBeNull();
    const full = flow(...Array.from({ length: MAX_NODES }, (_, index) => node("end", `e${index}`)));
    expect(added(full, "end", { x: 0, y: 0 })).toBeNull();
  });

  it("that delete a node leave the routes to it open", () => {
    const after = removed(SHOP, new Set(["form", "answer"]));
    expect(after.nodes.map(({ id }) => id)).toEqual(["start", "refund", "thanks"]);
    expect(routesOf(after.nodes[1]!).map(({ target }) => target)).toEqual(["", ""]);
  });

  it("that change nothing return the same workflow", () => {
    expect(removed(SHOP, new Set())).toBe(SHOP);
    expect(moved(SHOP, new Map([["start", { x: 0, y: 0.2 }]]))).toBe(SHOP);
    expect(disconnected(SHOP, new Set(["nowhere next"]))).toBe(SHOP);
    expect(changed(SHOP, "start", (one) => one)).toBe(SHOP);
  });

  it("connect a route, but not to a start and not to nothing that exists", () => {
    expect(edgesOf(connected(SHOP, "refund", "no", "thanks"))).toContainEqual({
      id: "refund no",
      source: "refund",
      key: "no",
      target: "thanks",
    });
    expect(connected(SHOP, "refund", "no", "start")).toBe(SHOP);
    expect(connected(SHOP, "refund", "no", "gone")).toBe(SHOP);
  });

  it("disconnect one route of a node", () => {
    const after = disconnected(SHOP, new Set(["refund yes"]));
    expect(edgesOf(after).map(({ id }) => id)).toEqual(["start next", "refund no", "form next"]);
  });

  it("duplicate nodes with the routes among them, and never the start", () => {
    const made = duplicated(SHOP, new Set(["start", "form", "thanks"]));
    const copies = made.workflow.nodes.filter(({ id }) => made.ids.has(id));
    expect(copies.map(({ type }) => type)).toEqual(["action", "end"]);
    expect(routesOf(copies[0]!)[0]!.target).toBe(copies[1]!.id);
  });

  it("add and remove cases", () => {
    const cases = SWITCH.type === "switch" ? SWITCH.cases : [];
    expect(withCase(cases)).toHaveLength(3);
    expect(withoutCase(cases, 0).map(({ name }) => name)).toEqual(["b"]);
    expect(withCase(Array.from({ length: 10 }, () => cases[0]!))).toHaveLength(10);
  });
});

describe("the reading order", () => {
  it("follows the routes from the start; what is not reachable comes last", () => {
    const lost = flow(node("end", "lost"), ...SHOP.nodes);
    expect(ordered(lost).map(({ id }) => id)).toEqual(["start", "refund", "form", "answer", "thanks", "lost"]);
  });

  it("ends where routes go round", () => {
    const round = flow(node("start", "a", { next: "b" }), node("llm", "b", { next: "b" }));
    expect(ordered(round).map(({ id }) => id)).toEqual(["a", "b"]);
  });
});

it("the first line of a node's text stands for it", () => {
  expect(excerpt(node("llm", "a", { prompt: " One\ntwo" }))).toBe("One");
  expect(excerpt(node("start", "a"))).toBe("");
});

describe("differences", () => {
  it("name added, removed and changed nodes, and each field", () => {
    const after = flow(
      ...SHOP.nodes
        .filter(({ id }) => id !== "answer")
        .map((one) =>
          one.id === "refund"
            ? node("condition", "refund", { name: "Money?", question: "A refund?", yes: "form", no: "new" })
            : one,
        ),
      node("handoff", "new", { text: "A colleague helps you." }),
    );
    expect(differences(SHOP, after)).toEqual([
      { type: "removed", node: SHOP.nodes[4] },
      {
        type: "changed",
        node: after.nodes[1],
        fields: [
          { field: "name", before: "Refund?", after: "Money?", target: false },
          { field: "no", before: "answer", after: "new", target: true },
        ],
      },
      { type: "added", node: after.nodes[4] },
    ]);
  });

  it("take cases and arguments apart", () => {
    const before = flow(SWITCH, node("action", "a", { arguments: { status: "open" } }));
    const after = flow(
      node("switch", "s", { cases: [{ name: "a", when: "", next: "z" }], default: "y" }),
      node("action", "a", { arguments: { status: "solved" } }),
    );
    const fields = differences(before, after).flatMap((one) => (one.type === "changed" ? one.fields : []));
    expect(fields.map(({ field }) => field)).toEqual(["cases[0].next", "cases[1].name", "arguments.status"]);
  });

  it("do not count places", () => {
    const elsewhere = moved(SHOP, new Map([["start", { x: 500, y: 1 }]]));
    expect(differences(SHOP, elsewhere)).toEqual([]);
    expect(isSame(SHOP, elsewhere)).toBe(false); // but they are saved
    expect(isSame(SHOP, flow(...SHOP.nodes))).toBe(true);
  });
});

describe("a file", () => {
  it("is read as it was written", () => {
    expect(workflowOf(fileText(SHOP))).toEqual(SHOP);
  });

  it("may lack fields that have defaults", () => {
    expect(workflowOf('{"nodes": [{"id": "a", "type": "switch"}, {"id": "b", "type": "llm"}]}')).toEqual(
      flow(node("switch", "a", { cases: [] }), node("llm", "b")),
    );
  });

  it.each([
    ["not JSON", "not_json"],
    ["[]", "not_a_workflow"],
    ['{"format": 2, "nodes": []}', "newer"],
    ['{"nodes": [{"id": "a", "type": "magic"}]}', "not_a_workflow"],
    ['{"nodes": [{"id": "", "type": "end"}]}', "not_a_workflow"],
    ['{"nodes": [{"id": "a", "type": "end", "text": 5}]}', "not_a_workflow"],
    ['{"nodes": [{"id": "a", "type": "switch", "cases": [{"when": ""}]}]}', "not_a_workflow"],
    [JSON.stringify({ nodes: Array.from({ length: 201 }, (_, id) => ({ id: `${id}`, type: "end" })) }), "too_many"],
  ])("%.60s is refused", (text, fault) => {
    expect(workflowOf(text)).toBe(fault);
  });
});

describe("the layout", () => {
  it("places steps from left to right, and none over another", () => {
    const places = layout(SHOP, new Map());
    const x = (id: string): number => places.get(id)!.x;
    expect(x("start")).toBeLessThan(x("refund"));
    expect(x("refund")).toBeLessThan(x("form"));
    expect(x("form")).toBeLessThan(x("thanks"));
    expect(Math.abs(places.get("form")!.y - places.get("answer")!.y)).toBeGreaterThan(60);
  });

  it("places 200 steps without stopping the page for ten seconds, however they are wired", () => {
    const nodes = Array.from({ length: MAX_NODES }, (_, n) =>
      node("condition", `c${n}`, { yes: `c${n + 1}`, no: `c${(n * 7) % MAX_NODES}` }),
    );
    const began = performance.now();
    const places = layout(flow(node("start", "s", { next: "c0" }), ...nodes.slice(1)), new Map());
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(places.size).toBe(MAX_NODES);
  });

  it("places 200 steps, with loops and loose ends", () => {
    const nodes = Array.from({ length: MAX_NODES }, (_, n) =>
      node("condition", `c${n}`, { yes: `c${(n * 7) % MAX_NODES}`, no: n % 3 === 0 ? `c${n}` : "" }),
    );
    const places = layout(flow(...nodes), new Map());
    expect(new Set([...places.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(MAX_NODES);
  });
});

describe("problems", () => {
  const at = (id: string) => ({ node: id, code: "unreachable", detail: "" });

  it("are grouped by node", () => {
    expect([...byNode([at("a"), at("b"), at("a")])].map(([id, found]) => [id, found.length])).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
  });

  it("come in reading order, the workflow's own first, without those of deleted steps", () => {
    const found = inOrder([at("b"), at("gone"), at("a"), at("")], ["a", "b"]);
    expect(found.map((one) => one.node)).toEqual(["", "a", "b"]);
  });
});
