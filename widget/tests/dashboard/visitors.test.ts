/** Muted and blocked visitors in the state, and visitors that the server finds. */

import { describe, expect, it } from "vitest";

import { listed } from "../../src/dashboard/state/select";
import type { Conversation } from "../../src/dashboard/state/model";
import { after, atWork, row } from "./factories";

function restricted(id: string, restriction: "muted" | "blocked"): Conversation {
  const plain = row(id);
  return { ...plain, visitor: { ...plain.visitor, restriction }, withheld: restriction === "blocked" };
}

const ids = (rows: readonly Conversation[]): string[] => rows.map(({ id }) => id);
const TOUCHED = { type: "touched", id: null } as const;

describe("a row of a muted or blocked visitor", () => {
  const rows = [row("plain"), restricted("muted", "muted"), restricted("blocked", "blocked")];

  it("is in no view but that of muted ones", () => {
    const state = atWork(...rows);
    expect(ids(listed(state))).toEqual(["plain"]);
    const seen = after(state, { type: "view", view: "muted" }).state;
    const loaded = after(seen, {
      type: "list",
      view: "muted",
      items: [restricted("muted", "muted")],
      cursor: null,
      fresh: true,
      tick: seen.tick,
    }).state;
    expect(ids(listed(loaded))).toEqual(["muted"]);
  });

  it("leaves its view when a fresh response says so", () => {
    const state = after(atWork(row("a"), row("b")), { type: "open", conversation: "a" }).state;
    const blocked = { type: "conversation", conversation: restricted("a", "blocked"), tick: state.tick } as const;
    expect(ids(listed(after(state, blocked).state))).toEqual(["b"]);
  });
});

describe("a touched resource", () => {
  it("of visitors refreshes what is on screen", () => {
    const { effects } = after(atWork(row("a")), { ...TOUCHED, resource: "visitors" });
    expect(effects).toEqual([{ type: "refresh visitors" }]);
  });

  it("of restrictions refreshes only where muted visitors are on screen", () => {
    const touched = { ...TOUCHED, resource: "restrictions" };
    expect(after(atWork(row("a")), touched).effects).toEqual([]);
    const view = after(atWork(row("a")), { type: "view", view: "muted" }).state;
    expect(after(view, touched).effects).toEqual([{ type: "refresh visitors" }]);
    const open = after(atWork(restricted("m", "muted")), { type: "open", conversation: "m" }).state;
    expect(after(open, touched).effects).toEqual([{ type: "refresh visitors" }]);
  });
});

describe("a query", () => {
  it("asks the server from two characters on, and not among muted ones", () => {
    const state = atWork(row("a"));
    expect(after(state, { type: "query", query: "a" }).effects).toEqual([]);
    expect(after(state, { type: "query", query: "ad" }).effects).toEqual([{ type: "find", query: "ad" }]);
    const muted = after(state, { type: "view", view: "muted" }).state;
    expect(after(muted, { type: "query", query: "ad" }).effects).toEqual([]);
  });

  it("shows what the server found, also by a name that is not shown", () => {
    const state = after(atWork(row("a")), { type: "query", query: "weber" }).state;
    expect(listed(state)).toEqual([]);
    const found = { type: "found", query: "weber", items: [row("old")], tick: state.tick } as const;
    expect(ids(listed(after(state, found).state))).toEqual(["old"]);
  });

  it("ignores an answer to an earlier query", () => {
    const state = after(atWork(row("a")), { type: "query", query: "weber" }).state;
    const found = { type: "found", query: "web", items: [row("old")], tick: state.tick } as const;
    expect(after(state, found).state).toBe(state);
  });
});
