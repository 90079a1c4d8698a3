/** The state of the workflow editor: undo and redo, selection, and drafts that others have saved. */

import { describe, expect, it } from "vitest";

import {
  type EditorAction,
  type EditorState,
  isDirty,
  opened,
  reduce,
  selectedNode,
} from "../../../src/dashboard/settings/assistant/model/editor";
import { begin, edit, redo, undo } from "../../../src/dashboard/settings/assistant/model/history";
import { draft, flow, node, SHOP } from "./workflows";

function after(...actions: readonly EditorAction[]): EditorState {
  return actions.reduce(reduce, opened(draft()));
}

function named(id: string, name: string): EditorAction {
  return { type: "change", id, fields: { name }, mark: `${id} name` };
}

const names = (state: EditorState): readonly string[] => state.history.present.nodes.map(({ name }) => name);

describe("the history", () => {
  it("goes back and forth", () => {
    const history = edit(edit(begin(1), 2), 3);
    expect(undo(undo(history)).present).toBe(1);
    expect(redo(undo(history)).present).toBe(3);
    expect(undo(begin(1)).present).toBe(1);
    expect(redo(history)).toBe(history);
  });

  it("forgets what was undone when something else is done", () => {
    expect(redo(edit(undo(edit(begin(1), 2)), 3)).present).toBe(3);
  });

  it("takes edits with one mark as one", () => {
    const typed = ["a", "ab", "abc"].reduce((history, text) => edit(history, text, "name"), begin(""));
    expect(undo(typed).present).toBe("");
    expect(undo(edit(typed, "x", "other")).present).toBe("abc");
  });

  it("is bounded", () => {
    const long = Array.from({ length: 500 }, (_, n) => n).reduce((history, n) => edit(history, n), begin(-1));
    expect(long.past.length).toBe(200);
  });
});

describe("the editor", () => {
  it("undoes the letters of a field together, and another field apart", () => {
    const typed = after(named("refund", "M"), named("refund", "Mo"), named("answer", "A"));
    expect(names(typed)).toEqual(["", "Mo", "", "", "A"]);
    const once = reduce(typed, { type: "undo" });
    expect(names(once)).toEqual(["", "Mo", "", "", ""]);
    expect(names(reduce(once, { type: "undo" }))).toEqual(["", "Refund?", "", "", ""]);
    expect(names(reduce(once, { type: "redo" }))).toEqual(["", "Mo", "", "", "A"]);
  });

  it("selects a step that was added", () => {
    const state = after({ type: "add", node: "llm", at: { x: 0, y: 900 } });
    expect(selectedNode(state)?.type).toBe("llm");
    expect(isDirty(state)).toBe(true);
    expect(isDirty(reduce(state, { type: "undo" }))).toBe(false);
    expect(selectedNode(reduce(state, { type: "undo" }))).toBeNull();
  });

  it("deletes the line that was clicked last, not the step that was selected before", () => {
    // All of this can happen before one render: the reducer has each selection in turn.
    const state = after(
      { type: "select", nodes: ["form"] },
      { type: "selected", of: "edges", changes: new Map([["refund no", true]]) },
      { type: "selected", of: "nodes", changes: new Map([["form", false]]) },
      { type: "remove selected" },
    );
    expect(state.history.present.nodes).toHaveLength(5);
    expect(state.history.present.nodes[1]).toMatchObject({ yes: "form", no: "" });
    expect(state.selection.edges.size).toBe(0);
  });

  it("deletes a box of steps at once, and brings them back", () => {
    const selected = new Map(["form", "thanks"].map((id) => [id, true]));
    const state = after({ type: "selected", of: "nodes", changes: selected }, { type: "remove selected" });
    expect(state.history.present.nodes.map(({ id }) => id)).toEqual(["start", "refund", "answer"]);
    expect(reduce(state, { type: "undo" }).history.present).toBe(SHOP);
  });

  it("is clean after saving, and can still undo", () => {
    const edited = after(named("refund", "Money?"));
    const saved = reduce(edited, { type: "saved", draft: draft(edited.history.present, { version: 2 }) });
    expect(isDirty(saved)).toBe(false);
    expect(names(reduce(saved, { type: "undo" }))[1]).toBe("Refund?");
    expect(isDirty(reduce(saved, { type: "undo" }))).toBe(true);
  });

  it("keeps what was typed while it was saving", () => {
    const sent = after(named("refund", "M"));
    const state = [
      named("answer", "A"),
      { type: "saved", draft: draft(sent.history.present, { version: 2 }) } as const,
    ].reduce(reduce, sent);
    expect(isDirty(state)).toBe(true);
    expect(names(state)).toEqual(["", "M", "", "", "A"]);
  });

  it("takes another person's draft, which can be undone", () => {
    const theirs = flow(node("start", "start"));
    const state = after(named("refund", "M"), { type: "take", draft: draft(theirs, { version: 7 }) });
    expect(state.history.present).toBe(theirs);
    expect(isDirty(state)).toBe(false);
    expect(names(reduce(state, { type: "undo" }))[1]).toBe("M");
  });

  it("changes a field of a step as it is now, not as it was drawn", () => {
    const state = after({ type: "connect", source: "refund", key: "no", target: "thanks" }, named("refund", "M"));
    expect(state.history.present.nodes[1]).toMatchObject({ name: "M", no: "thanks" });
  });

  it("moves several steps as one", () => {
    const to = new Map([
      ["form", { x: 9, y: 9 }],
      ["thanks", { x: 300, y: 9 }],
    ]);
    const state = after({ type: "move", to, mark: null });
    expect(state.history.past).toHaveLength(1);
    expect(state.history.present.nodes[2]).toMatchObject({ x: 9, y: 9 });
  });
});
