/** Unread counts: the server's, adjusted by events of known rows, and fetched again where only the server knows. */

import { describe, expect, it } from "vitest";

import type { Action, Effect } from "../../src/dashboard/state/actions";
import type { State, UnreadCounts } from "../../src/dashboard/state/model";
import { reduce } from "../../src/dashboard/state/reduce";
import { unreadIn } from "../../src/dashboard/state/unread";
import { AGENT, atWork, COLLEAGUE, ME, message, row } from "./factories";

const COUNTS: UnreadCounts = { open: 270, mine: 3, unassigned: 200, pending: 4, waiting: 207 };
const ASK: Effect = { type: "fetch unread" };
const mine = { id: ME, full_name: "Mai" };

/** An inbox with `c` (read) and `d` (unread), and many more conversations that only the server knows. */
function initial(): State {
  const rows = [row("c", { read_seq: 1, unread: 0 }), row("d")];
  return reduce(atWork(...rows), { type: "unread", counts: COUNTS, moves: 0 }).state;
}

function after(state: State, action: Action): { counts: UnreadCounts | null; asks: boolean; state: State } {
  const step = reduce(state, action);
  return {
    counts: step.state.unread.counts,
    asks: step.effects.some((effect) => effect.type === ASK.type),
    state: step.state,
  };
}

describe("unread counts", () => {
  it("are the server's, not those of the known rows", () => {
    expect(unreadIn(initial(), "open")).toBe(270);
    expect(unreadIn(atWork(row("c"), row("d")), "open")).toBe(2);
  });

  it("increase with the first new message of a conversation and not with the second", () => {
    const first = after(initial(), { type: "message", conversation: "c", message: message(2) });
    expect(first.counts).toEqual({ ...COUNTS, open: 271, unassigned: 201, waiting: 208 });
    expect(first.asks).toBe(false);
    const second = after(first.state, { type: "message", conversation: "c", message: message(3) });
    expect(second.counts).toEqual(first.counts);
  });

  it("increase with a colleague's message, and not with an own one", () => {
    const theirs = message(2, { author: COLLEAGUE });
    expect(after(initial(), { type: "message", conversation: "c", message: theirs }).counts?.open).toBe(271);
    const own = message(2, { author: AGENT });
    expect(after(initial(), { type: "message", conversation: "c", message: own }).counts).toEqual(COUNTS);
  });

  it("follow status and assignee between views", () => {
    const changed = { type: "changed", conversation: "d", seq: 1, at: 5, assignee: null, assigned: false } as const;
    const solved = after(initial(), { ...changed, status: "solved" });
    expect(solved.counts).toEqual({ ...COUNTS, open: 269, unassigned: 199, waiting: 206 });
    const taken = after(initial(), { ...changed, status: null, assigned: true, assignee: mine });
    expect(taken.counts).toEqual({ ...COUNTS, mine: 4, unassigned: 199 });
    const given = { id: "jonas", full_name: "Jonas" };
    const away = after(initial(), { ...changed, status: null, assigned: true, assignee: given });
    expect(away.counts).toEqual({ ...COUNTS, unassigned: 199, waiting: 206 });
  });

  it("decrease when I read, here or in another tab", () => {
    expect(after(initial(), { type: "mark read", conversation: "d", seq: 1 }).counts?.open).toBe(269);
    const elsewhere = after(initial(), { type: "read", conversation: "d", seq: 1, reader: AGENT });
    expect(elsewhere.counts?.open).toBe(269);
    expect(after(initial(), { type: "read", conversation: "d", seq: 1, reader: COLLEAGUE }).counts).toEqual(COUNTS);
  });

  it("are fetched when a conversation is unknown here", () => {
    for (const action of [
      { type: "message", conversation: "x", message: message(9) },
      { type: "changed", conversation: "x", seq: 1, at: 5, status: "open", assigned: false, assignee: null },
      { type: "read", conversation: "x", seq: 1, reader: AGENT },
      { type: "resync" },
    ] as const) {
      const step = after(initial(), action);
      expect([action.type, step.asks, step.counts]).toEqual([action.type, true, COUNTS]);
    }
    expect(after(initial(), { type: "read", conversation: "x", seq: 1, reader: COLLEAGUE }).asks).toBe(false);
  });

  it("increase at once with a new conversation, before its row is loaded", () => {
    const first = after(initial(), { type: "message", conversation: "x", message: message(1) });
    expect(first.counts).toEqual({ ...COUNTS, open: 271, unassigned: 201, waiting: 208 });
    const known = after(first.state, { type: "conversation", conversation: row("x"), tick: 9 });
    expect(known.counts).toEqual(first.counts);
    expect(after(known.state, { type: "mark read", conversation: "x", seq: 1 }).counts).toEqual(COUNTS);
  });

  it("counted before the server had a read mark are fetched again, also when its echo was faster", () => {
    const read = after(initial(), { type: "mark read", conversation: "d", seq: 1 }).state;
    const { moves } = read.unread; // fetched now
    const echo = after(read, { type: "read", conversation: "d", seq: 1, reader: AGENT }).state;
    expect(after(echo, { type: "unread", counts: COUNTS, moves }).asks).toBe(true);
  });

  it("are fetched when a response changes a known row, and are not adjusted by it", () => {
    const fresh = row("d", { read_seq: 1, unread: 0 });
    const answer = after(initial(), { type: "conversation", conversation: fresh, tick: 9 });
    expect([answer.asks, answer.counts]).toEqual([true, COUNTS]);
    const same = after(initial(), { type: "conversation", conversation: row("d"), tick: 9 });
    expect(same.asks).toBe(false);
    const list = { type: "list", view: "open", items: [fresh], cursor: null, fresh: true, tick: 9 } as const;
    expect(after(initial(), list).asks).toBe(true);
  });

  it("are fetched again when an event changed them during the request", () => {
    const moved = after(initial(), { type: "message", conversation: "c", message: message(2) }).state;
    const late = after(moved, { type: "unread", counts: { ...COUNTS, open: 300 }, moves: 0 });
    expect([late.counts?.open, late.asks]).toEqual([300, true]);
    expect(after(moved, { type: "unread", counts: COUNTS, moves: 1 }).asks).toBe(false);
  });

  it("are fetched once more when the server has the read mark that it had not counted yet", () => {
    const read = after(initial(), { type: "mark read", conversation: "d", seq: 1 }).state;
    const early = after(read, { type: "unread", counts: COUNTS, moves: 1 });
    expect([early.counts?.open, early.asks]).toEqual([270, false]);
    const echo = after(early.state, { type: "read", conversation: "d", seq: 1, reader: AGENT });
    expect(echo.asks).toBe(true);
    const settled = after(echo.state, { type: "unread", counts: { ...COUNTS, open: 269 }, moves: 2 });
    expect([settled.counts?.open, settled.asks]).toEqual([269, false]);
  });

  it("never fall below zero", () => {
    const none = { open: 0, mine: 0, unassigned: 0, pending: 0, waiting: 0 };
    const state = reduce(initial(), { type: "unread", counts: none, moves: 0 }).state;
    expect(after(state, { type: "mark read", conversation: "d", seq: 1 }).counts).toEqual(none);
  });
});
