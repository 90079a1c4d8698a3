/** Changes of conversations and names of visitors: the same from REST and from frames. */

import { describe, expect, it } from "vitest";

import { fromFrame } from "../../src/dashboard/store/from_frame";
import type { FrameAction } from "../../src/dashboard/state/actions";
import type { Change, Visitor } from "../../src/dashboard/state/model";
import { reduce } from "../../src/dashboard/state/reduce";
import { matches } from "../../src/dashboard/state/select";
import { nameOf, placeholderName } from "../../src/dashboard/state/placeholder_names";
import { threadOf } from "../../src/dashboard/state/threads";
import { after, AGENT, atWork, ME, message, messages, reading, row, VISITOR } from "./factories";

const ID = "0198f3a2-b4c5-7002-8002-00000000a1b2";
const solved: Change = { seq: 3, at: 2_000, by: AGENT, status: "solved", assigned: false, assignee: null };
const given: Change = {
  seq: 2,
  at: 1_500,
  by: AGENT,
  status: null,
  assigned: true,
  assignee: { id: ME, full_name: "Mai" },
};
const frame: FrameAction = { type: "changed", conversation: "c", ...solved, by: AGENT };

describe("changes", () => {
  it("come with the messages, and the same change by a frame is not duplicated", () => {
    const known = after(
      reading(3),
      frame,
      {
        type: "messages",
        conversation: "c",
        where: "after",
        items: [],
        has_more: false,
        changes: [given, { ...solved }],
      },
      frame,
    ).state;
    expect(threadOf(known, "c").changes.map((change) => [change.seq, change.by?.name])).toEqual([
      [2, "Mai"],
      [3, "Mai"],
    ]);
  });

  it("of older pages are placed before the newer ones", () => {
    const early: Change = { ...given, seq: 0, at: 900 };
    const state = after(
      atWork(row("c", { last_seq: 4 })),
      { type: "open", conversation: "c" },
      {
        type: "messages",
        conversation: "c",
        where: "latest",
        items: messages(3, 4),
        has_more: true,
        changes: [solved],
      },
      {
        type: "messages",
        conversation: "c",
        where: "older",
        items: messages(1, 2),
        has_more: false,
        changes: [early, given],
      },
    ).state;
    expect(threadOf(state, "c").changes.map((change) => change.seq)).toEqual([0, 2, 3]);
  });

  it("of two agents in the same millisecond are both kept", () => {
    const unassigned: Change = { ...given, assignee: null };
    const state = after(reading(3), {
      type: "messages",
      conversation: "c",
      where: "after",
      items: [],
      has_more: false,
      changes: [given, unassigned],
    }).state;
    expect(threadOf(state, "c").changes).toHaveLength(2);
  });

  it("have their author, and none where an older server does not send it", () => {
    const changed = { type: "changed", conversation: "c", seq: 3, at: 5, change: 1 } as const;
    const named = fromFrame(
      { ...changed, changes: { status: "solved", by_party: "agent", by: ME, by_name: "Mai" } },
      0,
    );
    expect(named).toMatchObject({ status: "solved", by: { party: "agent", id: ME, name: "Mai" } });
    expect(fromFrame({ ...changed, changes: { status: "solved" } }, 0)).toMatchObject({ by: null });
  });
});

describe("a visitor's name", () => {
  it("comes with a message and is shown in its row at once", () => {
    const named = message(2, { author: { ...VISITOR, name: "Jonas Weber" } });
    const { state } = after(atWork(row("c")), {
      type: "message",
      conversation: "c",
      message: named,
      facts: { email: "jonas@example.com" },
    });
    expect(state.entries.get("c")?.conversation.visitor).toMatchObject({
      name: "Jonas Weber",
      email: "jonas@example.com",
    });
  });

  it("of an old message that arrives again does not replace a newer one", () => {
    const first = message(2, { author: { ...VISITOR, name: "Jonas Weber" } });
    const again = message(1, { author: { ...VISITOR, name: "Visitor #1" } });
    const { state } = after(
      atWork(row("c")),
      { type: "message", conversation: "c", message: first },
      { type: "message", conversation: "c", message: again },
    );
    expect(state.entries.get("c")?.conversation.visitor.name).toBe("Jonas Weber");
  });

  it("changes in every conversation and in the panel when the page identifies the visitor", () => {
    const visitor = { ...row("c").visitor, id: ID };
    const panel = { ...visitor, trail: [], facts: {} } as unknown as Visitor;
    const { state } = after(
      atWork(row("c", { visitor }), row("d", { visitor }), row("e")),
      { type: "visitor", visitor: panel },
      { type: "identified", visitor: ID, name: "Jonas", facts: { name: "Jonas", email: "j@example.com" } },
    );
    const names = ["c", "d", "e"].map((id) => state.entries.get(id)?.conversation.visitor.name);
    expect(names).toEqual(["Jonas", "Jonas", "Visitor e"]);
    expect(state.visitors.get(ID)).toMatchObject({ name: "Jonas", facts: { email: "j@example.com" } });
  });

  it("and facts are fetched again only when a message brings new ones", () => {
    const panel = { ...row("c").visitor, id: VISITOR.id, trail: [], facts: { plan: "pro" } } as unknown as Visitor;
    const state = after(atWork(row("c")), { type: "visitor", visitor: panel }).state;
    const asked = (plan: string): boolean =>
      reduce(state, { type: "message", conversation: "c", message: message(2), facts: { plan } }).effects.some(
        (effect) => effect.type === "fetch visitor",
      );
    expect([asked("pro"), asked("free")]).toEqual([false, true]);
  });

  it("is found by the filter, as are the email address and the placeholder name in both languages", () => {
    const visitor = { ...row("c").visitor, id: ID, name: "Trần Thị Mai", email: "mai@example.com" };
    for (const query of ["tran thi", "mai@ex"]) expect(matches(row("c", { visitor }), query)).toBe(true);
    const nameless = { ...visitor, name: "Visitor #00a1b2", email: "" };
    for (const language of ["en", "vi"] as const) {
      expect(matches(row("c", { visitor: nameless }), placeholderName(ID, language).toLowerCase().split(" ")[0]!)).toBe(
        true,
      );
    }
  });

  it("is a readable placeholder when the page gave none", () => {
    expect(nameOf({ id: ID, name: "Visitor #00a1b2" }, "en")).toBe(placeholderName(ID, "en"));
    expect(nameOf({ id: ID, name: "Visitor #123456" }, "en")).toBe("Visitor #123456");
    expect(nameOf({ id: ID, name: "Jonas" }, "vi")).toBe("Jonas");
    const ids = Array.from({ length: 300 }, (_, n) => ID.slice(0, -4) + n.toString(16).padStart(4, "0"));
    expect(new Set(ids.map((id) => placeholderName(id, "en"))).size).toBeGreaterThan(220);
    expect(new Set(ids.map((id) => placeholderName(id, "en").split(" ").length))).toEqual(new Set([2]));
  });
});
