/** Who waits for an answer: what messages and changes do to it, and the list in its order. */

import { describe, expect, it } from "vitest";

import {
  filterOf,
  inOrder,
  keyIn,
  keyOf,
  queryOf,
  searchOf,
  viewOf,
  waitingSince,
} from "../../src/dashboard/state/filter";
import { withMessage } from "../../src/dashboard/state/conversations";
import { above, byWaiting } from "../../src/dashboard/state/select";
import type { Conversation, Message } from "../../src/dashboard/state/model";
import { message, row as known } from "./factories";

const ME = "agent-me";
const row = (change: Partial<Conversation> = {}): Conversation => known("c", { waiting_since: null, ...change });
const said = (party: "visitor" | "agent" | "assistant", seq: number, change: Partial<Message> = {}): Message => ({
  ...message(seq),
  author: { party, id: party, name: party },
  at: seq * 1_000,
  ...change,
});

describe("since when a visitor waits", () => {
  it("is their first message after the last answer", () => {
    const start = row({ last_seq: 0 });
    const asked = withMessage(withMessage(start, said("visitor", 1), ME), said("visitor", 2), ME);
    expect(waitingSince(asked)).toBe(1_000);
    const noted = withMessage(asked, said("agent", 3, { kind: "note" }), ME);
    expect(waitingSince(noted)).toBe(1_000);
    expect(waitingSince(withMessage(noted, said("agent", 4), ME))).toBeNull();
  });

  it("ends with the assistant's answer, unless a person is to answer", () => {
    const asked = withMessage(row({ last_seq: 0, owner: "assistant" }), said("visitor", 1), ME);
    expect(waitingSince(withMessage(asked, said("assistant", 2), ME))).toBeNull();
    expect(waitingSince(withMessage({ ...asked, owner: "person" }, said("assistant", 2), ME))).toBe(1_000);
  });

  it("is of open conversations, and begins again when one is reopened", () => {
    const solved = row({ last_seq: 4, status: "solved", waiting_since: 1_000 });
    expect(waitingSince(solved)).toBeNull();
    expect(waitingSince(withMessage(solved, said("visitor", 5), ME))).toBe(5_000);
  });
});

describe("the list of those who wait", () => {
  const key = inOrder("open", true);

  it("has a key and an address like every filter", () => {
    expect(key).toBe("status=open&sort=waiting");
    expect([viewOf(key), searchOf(key), keyIn(`?${key}`)]).toEqual(["open", key, key]);
    expect(inOrder(key, false)).toBe("open");
    expect([inOrder("muted", true), inOrder("solved", true)]).toEqual(["muted", "solved"]);
    expect(keyOf({ ...filterOf(key), status: "spam" })).toBe("spam");
  });

  it("asks the server for open conversations only", () => {
    expect([key, inOrder("mine", true), inOrder("all", true)].map(queryOf)).toEqual([
      "sort=waiting",
      "assignee=me&sort=waiting",
      "sort=waiting",
    ]);
  });

  it("begins with the longest wait, ids settle ties", () => {
    const [a, b, c] = [
      row({ id: "a", waiting_since: 2 }),
      row({ id: "b", waiting_since: 1 }),
      row({ id: "c", waiting_since: 1 }),
    ];
    expect([a, c, b].sort(byWaiting).map(({ id }) => id)).toEqual(["b", "c", "a"]);
    const horizon = { loaded: true, loading: "idle", end: false, cursor: "x", at: 1, id: "b" } as const;
    expect([a, b, c].map((one) => above(one, horizon, filterOf(key)))).toEqual([false, true, false]);
  });
});
