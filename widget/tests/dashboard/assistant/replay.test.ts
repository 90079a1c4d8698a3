/** A replay as it is shown: the order of the conversations, and what only one of two outcomes has. */

import { describe, expect, it } from "vitest";

import type { ReplayedConversation, ReplayedOutcome, ReplayedTool } from "../../../src/rest/types";
import {
  endings,
  inOrder,
  type Marked,
  paths,
  tools,
  verdictOf,
} from "../../../src/dashboard/settings/assistant/model/replay";

function outcome(path: readonly string[], more: Partial<ReplayedOutcome> = {}): ReplayedOutcome {
  return { path, tools: [], handoff: null, text: "", end: "wait", error: "", ...more };
}

function conversation(id: string, changed: boolean, unknown = false): ReplayedConversation {
  return { conversation_id: id, visitor_name: "Lan", turns: [], changed, unknown };
}

/** Those that the other side lacks. */
function alone<T>(marked: readonly Marked<T>[]): readonly T[] {
  return marked.filter((one) => one.alone).map(({ one }) => one);
}

const note = (content: string): ReplayedTool => ({ tool: "add_visitor_note", arguments: { content, a: 1 } });

describe("the order", () => {
  it("has the changed conversations first, the latest first within each kind", () => {
    const given = [
      conversation("1", false),
      conversation("2", true),
      conversation("3", false, true),
      conversation("4", true),
    ];
    expect(inOrder(given).map((one) => one.conversation_id)).toEqual(["2", "4", "3", "1"]);
  });

  it("calls a turn changed that is unknown too", () => {
    expect(verdictOf({ changed: true, unknown: true })).toBe("changed");
    expect(verdictOf({ changed: false, unknown: true })).toBe("unknown");
    expect(verdictOf({ changed: false, unknown: false })).toBe("same");
  });
});

describe("two paths", () => {
  it("mark nothing where they are the same", () => {
    const found = paths(outcome(["start", "a"]), outcome(["start", "a"]));
    expect([alone(found.recorded), alone(found.draft)]).toEqual([[], []]);
  });

  it("mark the steps that only one of them has", () => {
    const found = paths(outcome(["start", "a", "b", "end"]), outcome(["start", "new", "b", "c", "end"]));
    expect(alone(found.recorded)).toEqual(["a"]);
    expect(alone(found.draft)).toEqual(["new", "c"]);
    expect(found.draft.map(({ one }) => one)).toEqual(["start", "new", "b", "c", "end"]);
  });

  it("mark a step that was entered once more", () => {
    const found = paths(outcome(["start", "a"]), outcome(["start", "a", "a"]));
    expect([alone(found.recorded), found.draft.filter((one) => one.alone).length]).toEqual([[], 1]);
  });

  it("mark nothing after the place from which the draft is unknown", () => {
    const found = paths(outcome(["start", "a", "b"]), outcome(["start", "a"], { end: "unknown" }));
    expect([alone(found.recorded), alone(found.draft)]).toEqual([[], []]);
  });

  it("mark where an unknown draft has left the recorded way", () => {
    const found = paths(outcome(["start", "a", "b"]), outcome(["start", "new"], { end: "unknown" }));
    expect([alone(found.recorded), alone(found.draft)]).toEqual([["a", "b"], ["new"]]);
  });

  it("mark everything where a person has the conversation", () => {
    const found = paths(outcome(["start", "a"]), outcome([], { end: "person" }));
    expect(alone(found.recorded)).toEqual(["start", "a"]);
  });
});

describe("two lists of tools", () => {
  it("differ by their arguments, whose order does not count", () => {
    const same: ReplayedTool = { tool: "add_visitor_note", arguments: { a: 1, content: "x" } };
    const found = tools(outcome([], { tools: [note("x"), note("y")] }), outcome([], { tools: [same, note("z")] }));
    expect(alone(found.recorded)).toEqual([note("y")]);
    expect(alone(found.draft)).toEqual([note("z")]);
  });
});

describe("two endings", () => {
  it("differ by what was said, and by how it went on", () => {
    const was = outcome([], { text: "Hello", end: "handoff", handoff: "Asked for." });
    expect(endings(was, was)).toEqual({ text: false, end: false });
    expect(endings(was, { ...was, handoff: "Money." })).toEqual({ text: false, end: true });
    expect(endings(was, outcome([], { text: "Hi", end: "fail", error: "not_wired" }))).toEqual({
      text: true,
      end: true,
    });
  });

  it("do not differ where the draft is unknown", () => {
    expect(endings(outcome([], { text: "Hello" }), outcome([], { end: "unknown" }))).toEqual({
      text: false,
      end: false,
    });
  });
});
