/** The unread numbers: the server's, moved by events of known rows, and asked again where only the server knows. */

import { describe, expect, it } from "vitest";

import type { Action, Effect } from "../../src/dashboard/state/actions";
import type { State, UnreadCounts } from "../../src/dashboard/state/model";
import { reduce } from "../../src/dashboard/state/reduce";
import { unreadIn } from "../../src/dashboard/state/unread";
import { AGENT, atWork, COLLEAGUE, ME, message, row } from "./factories";

const COUNTS: UnreadCounts = { open: 270, mine: 3, unassigned: 200, pending: 4, waiting: 207 };
const ASK: Effect = { type: "fetch unread" };
const mine = { id: ME, full_name: "Mai" };

/** At work with `c` (read) and `d` (unread) known, and many more that only the server knows. */
function scene(): State {
  const rows = [row("c", { read_seq: 1, unread: 0 }), row("d")];
  return reduce(atWork(...rows), { type: "unread", counts: COUNTS, moves: 0 }).state;
}

function told(state: State, action: Action): { counts: UnreadCounts | null; asks: boolean; state: State } {
  const step = reduce(state, action);
  return {
    counts: step.state.unread.counts,
    asks: step.effects.some((effect) => effect.type === ASK.type),
    state: step.state,
  };
}

describe("unread numbers", () => {
  it("are the server's, not those of the rows that are known", () => {
    expect(unreadIn(scene(), "open")).toBe(270);
    expect(unreadIn(atWork(row("c"), row("d")), "open")).toBe(2);
  });

  it("grow with the first new message of a conversation and not with the second", () => {
    const first = told(scene(), { type: "message", conversation: "c", message: message(2) });
    expect(first.counts).toEqual({ ...COUNTS, open: 271, unassigned: 201, waiting: 208 });
    expect(first.asks).toBe(false);
    const second = told(first.state, { type: "message", conversation: "c", message: message(3) });
    expect(second.counts).toEqual(first.counts);
  });

  it("grow with a colleague's message too, and not with one's own", () => {
    const theirs = message(2, { author: COLLEAGUE });
    expect(told(scene(), { type: "message", conversation: "c", message: theirs }).counts?.open).toBe(271);
    const own = message(2, { author: AGENT });
    expect(told(scene(), { type: "message", conversation: "c", message: own }).counts).toEqual(COUNTS);
  });

  it("follow status and assignee from view to view", () => {
    const changed = { type: "changed", conversation: "d", seq: 1, at: 5, assignee: null, assigned: false } as const;
    const solved = told(scene(), { ...changed, status: "solved" });
    expect(solved.counts).toEqual({ ...COUNTS, open: 269, unassigned: 199, waiting: 206 });
    const taken = told(scene(), { ...changed, status: null, assigned: true, assignee: mine });
    expect(taken.counts).toEqual({ ...COUNTS, mine: 4, unassigned: 199 });
    const given = { id: "jonas", full_name: "Jonas" };
    const away = told(scene(), { ...changed, status: null, assigned: true, assignee: given });
    expect(away.counts).toEqual({ ...COUNTS, unassigned: 199, waiting: 206 });
  });

  it("fall when I read, here or in another tab", () => {
    expect(told(scene(), { type: "mark read", conversation: "d", seq: 1 }).counts?.open).toBe(269);
    const elsewhere = told(scene(), { type: "read", conversation: "d", seq: 1, reader: AGENT });
    expect(elsewhere.counts?.open).toBe(269);
    expect(told(scene(), { type: "read", conversation: "d", seq: 1, reader: COLLEAGUE }).counts).toEqual(COUNTS);
  });

  it("are asked for where a conversation is not known here", () => {
    for (const action of [
      { type: "message", conversation: "x", message: message(9) },
      { type: "changed", conversation: "x", seq: 1, at: 5, status: "open", assigned: false, assignee: null },
      { type: "read", conversation: "x", seq: 1, reader: AGENT },
      { type: "resync" },
    ] as const) {
      const step = told(scene(), action);
      expect([action.type, step.asks, step.counts]).toEqual([action.type, true, COUNTS]);
    }
    expect(told(scene(), { type: "read", conversation: "x", seq: 1, reader: COLLEAGUE }).asks).toBe(false);
  });

  it("grow at once with a conversation that begins, before anything else is known of it", () => {
    const first = told(scene(), { type: "message", conversation: "x", message: message(1) });
    expect(first.counts).toEqual({ ...COUNTS, open: 271, unassigned: 201, waiting: 208 });
    const known = told(first.state, { type: "conversation", conversation: row("x"), tick: 9 });
    expect(known.counts).toEqual(first.counts);
    expect(told(known.state, { type: "mark read", conversation: "x", seq: 1 }).counts).toEqual(COUNTS);
  });

  it("that were counted before the server had a mark are asked for again, also when its echo was faster", () => {
    const read = told(scene(), { type: "mark read", conversation: "d", seq: 1 }).state;
    const { moves } = read.unread; // asked for now
    const echo = told(read, { type: "read", conversation: "d", seq: 1, reader: AGENT }).state;
    expect(told(echo, { type: "unread", counts: COUNTS, moves }).asks).toBe(true);
  });

  it("are asked for when an answer knows a row otherwise, and are not moved by it", () => {
    const fresh = row("d", { read_seq: 1, unread: 0 });
    const answer = told(scene(), { type: "conversation", conversation: fresh, tick: 9 });
    expect([answer.asks, answer.counts]).toEqual([true, COUNTS]);
    const same = told(scene(), { type: "conversation", conversation: row("d"), tick: 9 });
    expect(same.asks).toBe(false);
    const list = { type: "list", view: "open", items: [fresh], cursor: null, fresh: true, tick: 9 } as const;
    expect(told(scene(), list).asks).toBe(true);
  });

  it("are asked for again when something moved while they were on their way", () => {
    const moved = told(scene(), { type: "message", conversation: "c", message: message(2) }).state;
    const lazy = told(moved, { type: "unread", counts: { ...COUNTS, open: 300 }, moves: 0 });
    expect([lazy.counts?.open, lazy.asks]).toEqual([300, true]);
    expect(told(moved, { type: "unread", counts: COUNTS, moves: 1 }).asks).toBe(false);
  });

  it("are asked for once more when the server has the mark that it could not count yet", () => {
    const read = told(scene(), { type: "mark read", conversation: "d", seq: 1 }).state;
    const early = told(read, { type: "unread", counts: COUNTS, moves: 1 });
    expect([early.counts?.open, early.asks]).toEqual([270, false]);
    const echo = told(early.state, { type: "read", conversation: "d", seq: 1, reader: AGENT });
    expect(echo.asks).toBe(true);
    const settled = told(echo.state, { type: "unread", counts: { ...COUNTS, open: 269 }, moves: 2 });
    expect([settled.counts?.open, settled.asks]).toEqual([269, false]);
  });

  it("never fall below nothing", () => {
    const none = { open: 0, mine: 0, unassigned: 0, pending: 0, waiting: 0 };
    const state = reduce(scene(), { type: "unread", counts: none, moves: 0 }).state;
    expect(told(state, { type: "mark read", conversation: "d", seq: 1 }).counts).toEqual(none);
  });
});
