/** Selecting conversations: by ids, so that updates, sorting and filters do not change what is selected. */

import { describe, expect, it } from "vitest";

import type { State } from "../../src/dashboard/state/model";
import { extended, range, selectedOf } from "../../src/dashboard/bulk/selection";
import { listed } from "../../src/dashboard/state/select";
import { after, atWork, message, row } from "./factories";

const ids = (state: State) => selectedOf(state, listed(state)).map(({ id }) => id);
const four = () =>
  atWork(
    row("a", { last_message_at: 4_000 }),
    row("b", { last_message_at: 3_000 }),
    row("c", { last_message_at: 2_000 }),
    row("d", { last_message_at: 1_000 }),
  );
const select = (...some: string[]) =>
  ({ type: "select", ids: some, on: true, cursor: some[some.length - 1] ?? null }) as const;

describe("the selection", () => {
  it("survives updates, sorting and closing the conversation", () => {
    let state = after(four(), select("b", "d")).state;
    state = after(state, { type: "message", conversation: "d", message: message(2, { at: 9_000 }) }).state;
    state = after(state, { type: "open", conversation: "a" }, { type: "open", conversation: null }).state;
    expect(listed(state).map(({ id }) => id)).toEqual(["d", "a", "b", "c"]);
    expect(ids(state)).toEqual(["d", "b"]);
  });

  it("does not act on a row that left the list, and has it again when it comes back", () => {
    const changed = (status: "open" | "solved") =>
      ({ type: "changed", conversation: "b", seq: 1, at: 1, status, assigned: false, assignee: null }) as const;
    const state = after(four(), select("a", "b"), changed("solved")).state;
    expect(ids(state)).toEqual(["a"]);
    expect(ids(after(state, changed("open")).state)).toEqual(["a", "b"]);
  });

  it("ends with another filter, and with Esc", () => {
    const state = after(four(), select("a")).state;
    expect(ids(after(state, { type: "view", view: "open" }).state)).toEqual(["a"]);
    expect(after(state, { type: "view", view: "pending" }).state.selected.size).toBe(0);
    expect(after(state, { type: "select none" }).state.selected.size).toBe(0);
  });

  it("takes all rows between two, in both directions", () => {
    const rows = listed(four());
    expect(range(rows, "a", "c")).toEqual(["a", "b", "c"]);
    expect(range(rows, "d", "b")).toEqual(["b", "c", "d"]);
    expect(range(rows, null, "b")).toEqual(["b"]);
    expect(range(rows, "gone", "b")).toEqual(["b"]);
  });

  it("grows and shrinks row by row", () => {
    let state = four();
    const step = (by: 1 | -1, from: string | null = "b") => {
      const action = extended(state, listed(state), from, by);
      if (action !== null) state = after(state, action).state;
      return [ids(state), state.cursor];
    };
    expect(step(1)).toEqual([["b", "c"], "c"]);
    expect(step(1)).toEqual([["b", "c", "d"], "d"]);
    expect(step(1)).toEqual([["b", "c", "d"], "d"]);
    expect(step(-1)).toEqual([["b", "c"], "c"]);
    expect(step(-1)).toEqual([["b"], "b"]);
    expect(step(-1)).toEqual([["a", "b"], "a"]);
  });

  it("begins with the first row where none is open", () => {
    const state = four();
    expect(extended(state, listed(state), null, 1)).toEqual(select("a"));
    expect(extended(atWork(), [], null, 1)).toBeNull();
  });
});
