/** The dashboard's reducer: the visible state after any order of frames and responses. */

import { describe, expect, it } from "vitest";

import { emptyState, horizonOf, type State } from "../../src/dashboard/state/model";
import { listed } from "../../src/dashboard/state/select";
import { answerOfOthers, threadOf } from "../../src/dashboard/state/threads";
import { AGENT, after, atWork, COLLEAGUE, listOf, ME, message, messages, reading, row, VISITOR } from "./factories";

const rowOf = (state: State, id = "c") => state.entries.get(id)?.conversation;
const seqs = (state: State, id = "c") => threadOf(state, id).messages.map((one) => one.seq);
const said = (seq: number, fields = {}) =>
  ({ type: "message", conversation: "c", message: message(seq, fields) }) as const;

describe("a message", () => {
  it("moves its conversation up and counts as unread", () => {
    const state = atWork(
      row("a", { last_message_at: 5_000 }),
      row("c", { last_message_at: 2_000, read_seq: 1, unread: 0 }),
    );
    const { state: next } = after(state, said(2, { at: 9_000, body: "new\n text" }));
    expect(listed(next).map((one) => one.id)).toEqual(["c", "a"]);
    expect(rowOf(next)).toMatchObject({ unread: 1, last_seq: 2, snippet: "new text" });
  });

  it("names the author of the snippet, also after a response without it", () => {
    const { state } = after(atWork(row("c")), said(2, { author: COLLEAGUE, kind: "note" }));
    expect(rowOf(state)?.last_message).toEqual({ kind: "note", author: COLLEAGUE });
    const fresh = after(state, { type: "conversation", conversation: row("c", { last_seq: 2 }), tick: 9 }).state;
    expect(rowOf(fresh)?.last_message).toEqual({ kind: "note", author: COLLEAGUE });
  });

  it("that arrives twice changes nothing the second time", () => {
    const once = after(reading(2), said(3)).state;
    const twice = after(once, said(3)).state;
    expect(seqs(twice)).toEqual([1, 2, 3]);
    expect(rowOf(twice)).toEqual(rowOf(once));
  });

  it("of an unknown conversation fetches that conversation and alerts the agent", () => {
    const { effects } = after(atWork(), said(1));
    expect(effects).toEqual([
      { type: "fetch conversation", conversation: "c" },
      { type: "announce", conversation: "c", seq: 1, body: "text 1", kind: "text" },
      { type: "fetch unread" },
    ]);
  });

  it("after a gap is not shown until the gap is filled", () => {
    const { state, effects } = after(reading(2), said(5));
    expect(seqs(state)).toEqual([1, 2]);
    expect(effects).toContainEqual({ type: "fetch after", conversation: "c", seq: 2 });
    const filled = after(state, {
      type: "messages",
      conversation: "c",
      where: "after",
      items: messages(3, 5),
      has_more: false,
    });
    expect(seqs(filled.state)).toEqual([1, 2, 3, 4, 5]);
    expect(filled.effects).toEqual([]);
  });

  it("that arrived while a gap was being filled is fetched afterwards", () => {
    const { state } = after(reading(2), said(4), said(6));
    const { state: filled, effects } = after(state, {
      type: "messages",
      conversation: "c",
      where: "after",
      items: messages(3, 4),
      has_more: false,
    });
    expect(seqs(filled)).toEqual([1, 2, 3, 4]);
    expect(effects).toEqual([{ type: "fetch after", conversation: "c", seq: 4 }]);
  });

  it("of my own from another tab is read, of a colleague's is not", () => {
    expect(rowOf(after(reading(2), said(3, { author: AGENT })).state)?.unread).toBe(0);
    expect(rowOf(after(reading(2), said(3, { author: COLLEAGUE })).state)?.unread).toBe(1);
  });

  it("of a visitor reopens a solved conversation, but never spam", () => {
    const solved = atWork(row("c", { status: "solved" }), row("s", { status: "spam" }));
    expect(rowOf(after(solved, said(2)).state)?.status).toBe("open");
    const spam = after(solved, { type: "message", conversation: "s", message: message(2) }).state;
    expect(rowOf(spam, "s")?.status).toBe("spam");
  });

  it("ends the typing signal of its author", () => {
    const typing = after(reading(2), { type: "typing", conversation: "c", on: true, who: VISITOR, now: 0 }).state;
    expect(typing.typists.size).toBe(1);
    expect(after(typing, said(3)).state.typists.size).toBe(0);
  });
});

describe("a reply", () => {
  const reply = { ref: "r3", body: "text 3", kind: "text", at: 1_003, failed: false } as const;
  const replied = after(reading(2), { type: "reply", conversation: "c", reply }).state;

  it("is shown optimistically and replaced by the stored message, whether the frame or the response comes first", () => {
    expect(threadOf(replied, "c").replies).toHaveLength(1);
    const stored = message(3, { author: AGENT });
    for (const order of [
      ["sent", "frame"],
      ["frame", "sent"],
    ]) {
      const { state } = after(
        replied,
        ...order.map((who) =>
          who === "sent" ? ({ type: "sent", conversation: "c", message: stored } as const) : said(3, { author: AGENT }),
        ),
      );
      expect(seqs(state)).toEqual([1, 2, 3]);
      expect(threadOf(state, "c").replies).toEqual([]);
      expect(rowOf(state)).toMatchObject({ unread: 0, snippet: "text 3" });
    }
  });

  it("that failed keeps its ref, and is retried in its place", () => {
    const second = { ...reply, ref: "r4", body: "text 4" };
    const { state } = after(
      replied,
      { type: "reply", conversation: "c", reply: second },
      { type: "reply failed", conversation: "c", ref: "r3", resend: true },
    );
    expect(threadOf(state, "c").replies[0]).toMatchObject({ ref: "r3", failed: true, resend: true });
    const again = after(state, { type: "reply", conversation: "c", reply }).state;
    expect(threadOf(again, "c").replies.map((one) => [one.ref, one.failed])).toEqual([
      ["r3", false],
      ["r4", false],
    ]);
  });

  it("whose response was lost is recognised by its ref when the messages are fetched", () => {
    const failed = after(replied, { type: "reply failed", conversation: "c", ref: "r3", resend: true }).state;
    const { state } = after(failed, {
      type: "messages",
      conversation: "c",
      where: "after",
      items: [message(3, { author: AGENT })],
      has_more: false,
    });
    expect(threadOf(state, "c").replies).toEqual([]);
  });
});

describe("read marks", () => {
  it("of mine in another tab clear the badge here; a colleague's do not", () => {
    const state = atWork(row("c", { last_seq: 5, read_seq: 1, unread: 4 }));
    const mine = after(state, { type: "read", conversation: "c", seq: 4, reader: AGENT }).state;
    expect(rowOf(mine)?.unread).toBe(1);
    expect(rowOf(after(state, { type: "read", conversation: "c", seq: 5, reader: COLLEAGUE }).state)?.unread).toBe(4);
  });

  it("never move back", () => {
    const state = atWork(row("c", { last_seq: 5, read_seq: 5, unread: 0, visitor_read_seq: 4 }));
    const { state: next } = after(
      state,
      { type: "read", conversation: "c", seq: 2, reader: AGENT },
      { type: "read", conversation: "c", seq: 3, reader: VISITOR },
    );
    expect(rowOf(next)).toMatchObject({ read_seq: 5, unread: 0, visitor_read_seq: 4 });
  });
});

describe("the list", () => {
  it("drops a row that moved unnoticed, and keeps those below the page", () => {
    const state = atWork(
      row("a", { last_message_at: 9 }),
      row("b", { last_message_at: 8 }),
      row("c", { last_message_at: 2 }),
    );
    const { state: next } = after(state, {
      type: "list",
      view: "open",
      items: [row("a", { last_message_at: 9 }), row("d", { last_message_at: 5 })],
      cursor: "x",
      fresh: true,
      tick: 1,
    });
    expect([...next.entries.keys()].sort()).toEqual(["a", "c", "d"]);
    expect(listed(next).map((one) => one.id)).toEqual(["a", "d"]); // c is below the horizon
  });

  it("continues without duplicates or gaps", () => {
    const first = after(emptyState(ME, "p"), {
      type: "list",
      view: "open",
      items: [row("a", { last_message_at: 9 }), row("b", { last_message_at: 8 })],
      cursor: "x",
      fresh: true,
      tick: 0,
    }).state;
    const { state } = after(first, {
      type: "list",
      view: "open",
      items: [row("b", { last_message_at: 8 }), row("c", { last_message_at: 7 })],
      cursor: null,
      fresh: false,
      tick: 0,
    });
    expect(listed(state).map((one) => one.id)).toEqual(["a", "b", "c"]);
    expect(horizonOf(state, "open").end).toBe(true);
  });

  it("prefers a frame to a response that was requested before it", () => {
    const state = atWork(row("c", { last_seq: 1 }));
    const asked_at = state.tick;
    const { state: next } = after(
      state,
      said(2, { body: "newer" }),
      {
        type: "changed",
        conversation: "c",
        seq: 2,
        at: 5,
        status: "pending",
        assigned: true,
        assignee: { id: ME, full_name: "Mai" },
      },
      { type: "list", view: "open", items: [row("c", { last_seq: 1 })], cursor: null, fresh: true, tick: asked_at },
    );
    expect(rowOf(next)).toMatchObject({ last_seq: 2, snippet: "newer", status: "pending", assignee: { id: ME } });
  });

  it("takes the response when no frame has come since", () => {
    const state = atWork(row("c"));
    const { state: next } = after(state, {
      type: "conversation",
      conversation: row("c", { status: "solved", assignee: { id: ME, full_name: "Mai" } }),
      tick: state.tick,
    });
    expect(rowOf(next)).toMatchObject({ status: "solved", assignee: { id: ME } });
  });

  it("shows the right rows in each view", () => {
    const state = atWork(
      row("a", { assignee: { id: ME, full_name: "Mai" } }),
      row("b", { assignee: { id: "jonas", full_name: "Jonas" } }),
      row("c", { status: "pending" }),
      row("d"),
    );
    const all = after(state, {
      ...listOf(),
      type: "list",
      view: "all",
      items: [...state.entries.values()].map((e) => e.conversation),
      cursor: null,
      fresh: true,
      tick: 9,
    }).state;
    const shown = (view: "mine" | "unassigned" | "pending" | "all") =>
      listed({ ...all, view, horizons: { ...all.horizons, [view]: horizonOf(all, "all") } })
        .map((one) => one.id)
        .sort();
    expect(shown("mine")).toEqual(["a"]);
    expect(shown("unassigned")).toEqual(["d"]);
    expect(shown("pending")).toEqual(["c"]);
    expect(shown("all")).toEqual(["a", "b", "c", "d"]);
  });

  it("is filtered without regard to case and accents", () => {
    const state = atWork(row("a", { snippet: "Tôi cần hoá đơn" }), row("b"));
    expect(listed(after(state, { type: "query", query: "HOA DON" }).state).map((one) => one.id)).toEqual(["a"]);
  });
});

describe("a lost connection", () => {
  it("fetches the list and the missed messages of the open conversation", () => {
    const lost = after(reading(3), { type: "live", live: "waiting" }).state;
    const { effects } = after(lost, { type: "live", live: "open" });
    expect(effects).toContainEqual({ type: "fetch list", fresh: true });
    expect(effects).toContainEqual({ type: "fetch after", conversation: "c", seq: 3 });
  });

  it("fetches the list after the first connect too: the first page may be older than the connection", () => {
    const { effects } = after(atWork(row("a")), { type: "live", live: "connecting" }, { type: "live", live: "open" });
    expect(effects).toEqual([{ type: "fetch list", fresh: true }, { type: "fetch unread" }]);
    const first = after(after(emptyState(ME, "p"), listOf(row("a"))).state, { type: "live", live: "open" });
    expect(first.effects).toEqual([{ type: "fetch list", fresh: true }, { type: "fetch unread" }]);
  });

  it("that lost the last message is noticed when the list is ahead of the thread", () => {
    const state = reading(3);
    const { effects } = after(state, { ...listOf(row("c", { last_seq: 4 })), tick: state.tick } as ReturnType<
      typeof listOf
    >);
    expect(effects).toEqual([{ type: "fetch after", conversation: "c", seq: 3 }, { type: "fetch unread" }]);
  });

  it("is handled like a resync", () => {
    expect(after(reading(3), { type: "resync" }).effects).toContainEqual({ type: "fetch list", fresh: true });
  });

  it("makes other conversations fetch again when they are opened", () => {
    const elsewhere = after(reading(3), { type: "open", conversation: null }, { type: "resync" }).state;
    expect(after(elsewhere, { type: "open", conversation: "c" }).effects).toContainEqual({
      type: "fetch latest",
      conversation: "c",
    });
  });
});

describe("a visitor", () => {
  const visitor = {
    id: "v-c",
    name: "Visitor c",
    language: "",
    browser: "",
    online: false,
    url: "",
    title: "",
    referrer: "",
    first_url: "",
    first_seen_at: null,
    created_at: null,
    trail: [{ url: "https://shop/a", title: "A", at: 1 }],
  };

  it("is updated live in the row and in the panel: presence and page", () => {
    const state = after(
      reading(1),
      { type: "visitor", visitor },
      { type: "presence", visitors: [["v-c", true]] },
    ).state;
    expect(rowOf(state)?.visitor.online).toBe(true);
    const moved = after(state, { type: "page", visitor: "v-c", url: "https://shop/b", title: "", at: 2 }).state;
    expect(moved.visitors.get("v-c")?.trail.map((step) => step.url)).toEqual(["https://shop/b", "https://shop/a"]);
    const titled = after(moved, { type: "page", visitor: "v-c", url: "https://shop/b", title: "B", at: 3 }).state;
    expect(titled.visitors.get("v-c")?.trail[0]).toEqual({ url: "https://shop/b", title: "B", at: 2 });
    expect(rowOf(titled)?.visitor).toMatchObject({ url: "https://shop/b", title: "B" });
  });

  it("whose typing signal has no end stops typing after its expiry", () => {
    const typing = after(reading(1), { type: "typing", conversation: "c", on: true, who: VISITOR, now: 1_000 }).state;
    expect(after(typing, { type: "tick", now: 6_999 }).state.typists.size).toBe(1);
    expect(after(typing, { type: "tick", now: 7_000 }).state.typists.size).toBe(0);
  });
});

describe("memory", () => {
  it("keeps a bounded number of threads, and never drops unsent replies", () => {
    let state = reading(2);
    state = after(state, {
      type: "reply",
      conversation: "c",
      reply: { ref: "x", body: "x", kind: "text", at: 1, failed: true },
    }).state;
    for (let n = 0; n < 40; n++) state = after(state, { type: "open", conversation: `other${n}` }).state;
    expect(state.threads.size).toBeLessThanOrEqual(14);
    expect(threadOf(state, "c").replies).toHaveLength(1);
  });
});

describe("the last answer of another agent", () => {
  it("is found behind messages of the visitor, own ones and notes", () => {
    const { state } = after(
      reading(1),
      said(2, { author: COLLEAGUE }),
      said(3),
      said(4, { author: AGENT }),
      said(5, { author: COLLEAGUE, kind: "note" }),
    );
    expect(answerOfOthers(threadOf(state, "c"), ME)).toEqual({ seq: 2, name: "Jonas" });
    expect(answerOfOthers(threadOf(reading(3), "c"), ME)).toBeNull();
  });
});
