/** The reducers of the chat: frames and pages of history. */

import { describe, expect, test } from "vitest";
import { EMPTY, RING, unread } from "../../src/chat/model";
import type { ChatState, Message } from "../../src/chat/model";
import { reducePage } from "../../src/chat/pages";
import { afterFrame, behind, withUnsent } from "../../src/chat/store";
import type { HistoryPage } from "../../src/chat/store";
import type { Greeted, MessageFrame, Person, ServerFrame } from "../../src/wire/frames";

const ME = "0198f3a2-b4c5-7002-8002-0000000000ff";
const C = "0198f3a2-b4c5-7004-8004-0000000000ff";
const LATER = "0199f3a2-b4c5-7004-8004-0000000000ff";
const mai: Person = { party: "agent", id: "a1", name: "Mai" };
const me: Person = { party: "visitor", id: ME, name: "" };

const message = (seq: number, author = mai, more: Partial<MessageFrame> = {}): MessageFrame => ({
  type: "message",
  conversation: C,
  seq,
  message: `m${seq}`,
  ref: null,
  author,
  at: seq * 1000,
  kind: "text",
  body: `text ${seq}`,
  meta: {},
  ...more,
});
const item = (seq: number, author = mai): Message => ({
  seq,
  id: `m${seq}`,
  ref: null,
  author,
  at: seq * 1000,
  kind: "text",
  body: `text ${seq}`,
  meta: {},
});
const page = (seqs: number[], has_more = false, last_seq = Math.max(0, ...seqs)): HistoryPage => ({
  conversation: { id: C, status: "open", assignee_name: null, last_seq, agent_read_seq: 0, read_seq: 0 },
  items: seqs.map((seq) => item(seq)),
  has_more,
});
const welcome = (more: Partial<Greeted> = {}): ServerFrame => ({
  type: "welcome",
  rid: 1,
  greeted: {
    session: "s",
    heartbeat_ms: 25_000,
    limits: { frame: 1, body: 1, messages_per_minute: 20 },
    now: 1,
    recovered: true,
    agents_online: 2,
    config_version: 1,
    visitor: ME,
    ...more,
  },
});
const after = (state: ChatState, ...frames: ServerFrame[]) =>
  frames.reduce((held, frame) => afterFrame(held, frame), state);
const seqs = (state: ChatState) => state.messages.map((held) => held.seq);

describe("messages", () => {
  test("in order leave nothing to fetch", () => {
    const state = after(EMPTY, welcome(), message(1), message(2), message(3));
    expect(seqs(state)).toEqual([1, 2, 3]);
    expect(behind(state)).toBe(false);
    expect(state.covered).toBe(3);
  });

  test("received twice are shown once", () => {
    expect(seqs(after(EMPTY, message(1), message(2), message(1), message(2)))).toEqual([1, 2]);
  });

  test("with a gap between them are behind until the gap is filled", () => {
    let state = after(EMPTY, message(1), message(4));
    expect(behind(state)).toBe(true);
    expect(state.covered).toBe(1);
    state = reducePage(state, { type: "newer", page: page([2, 3, 4]), after: 1, knownSeq: 4 });
    expect(seqs(state)).toEqual([1, 2, 3, 4]);
    expect(behind(state)).toBe(false);
  });

  test("that are notes for agents leave gaps that are fetched once", () => {
    let state = after(EMPTY, message(1), message(3));
    state = reducePage(state, { type: "newer", page: page([3]), after: 1, knownSeq: 3 });
    expect(behind(state)).toBe(false);
    expect(behind(after(state, message(4)))).toBe(false);
  });

  test("announced after the request for history are still missing", () => {
    let state = after(EMPTY, message(1), message(3));
    state = after(state, message(6));
    state = reducePage(state, { type: "newer", page: page([2, 3], false, 6), after: 1, knownSeq: 3 });
    expect(state.covered).toBe(3);
    expect(behind(state)).toBe(true);
  });

  test("are limited to the ring", () => {
    const frames = Array.from({ length: RING + 40 }, (_, at) => message(at + 1));
    const state = after(EMPTY, ...frames);
    expect(state.messages).toHaveLength(RING);
    expect(seqs(state)[0]).toBe(41);
    expect(state.hasOlder).toBe(true);
  });

  test("of an earlier conversation are not mixed into the current one", () => {
    const state = after(EMPTY, message(1), message(1, mai, { conversation: LATER }), message(2));
    expect(state.conversation?.id).toBe(LATER);
    expect(seqs(state)).toEqual([1]);
  });
});

describe("history", () => {
  test("the newest page is shown, and older pages are added before it", () => {
    let state = after(EMPTY, welcome({ conversation: C, last_seq: 120, recovered: false }));
    expect(behind(state)).toBe(true);
    state = reducePage(state, { type: "newest", page: page([100, 110, 120], true), knownSeq: 120 });
    expect(behind(state)).toBe(false);
    expect(state.hasOlder).toBe(true);
    state = reducePage(state, { type: "older", page: page([80, 90], false, 120) });
    expect(seqs(state)).toEqual([80, 90, 100, 110, 120]);
    expect(state.hasOlder).toBe(false);
  });

  test("a newest page that does not touch the held messages replaces them, so that no gap is hidden", () => {
    let state = after(EMPTY, message(1), message(2), message(500));
    state = reducePage(state, { type: "newest", page: page([480, 490, 500], true), knownSeq: 500 });
    expect(seqs(state)).toEqual([480, 490, 500]);
    expect(state.hasOlder).toBe(true);
  });

  test("advances the read marks and never moves them back", () => {
    let state = after(EMPTY, message(1), message(2));
    const fetched = page([2]);
    state = reducePage(state, {
      type: "newer",
      page: { ...fetched, conversation: { ...fetched.conversation!, read_seq: 1, agent_read_seq: 2 } },
      after: 1,
      knownSeq: 2,
    });
    expect([state.readSeq, state.agentReadSeq]).toEqual([1, 2]);
    state = reducePage(state, { type: "newer", page: page([2]), after: 1, knownSeq: 2 });
    expect([state.readSeq, state.agentReadSeq]).toEqual([1, 2]);
  });
});

describe("own texts", () => {
  const unsent = [{ ref: "r1", body: "hello", at: 5, refused: 0 }];
  const waiting = withUnsent(after(EMPTY, welcome()), unsent);

  test("become messages when stored", () => {
    const state = after(waiting, { type: "stored", ref: "r1", conversation: C, message: "m1", seq: 1, at: 9 });
    expect(state.unsent).toEqual([]);
    expect(state.messages[0]).toMatchObject({ seq: 1, ref: "r1", body: "hello", author: { party: "visitor", id: ME } });
    expect(behind(state)).toBe(false);
  });

  test("stored twice, or stored and received by another tab, are one message", () => {
    const stored: ServerFrame = { type: "stored", ref: "r1", conversation: C, message: "m1", seq: 1, at: 9 };
    const state = after(waiting, stored, message(1, me, { ref: "r1" }), stored);
    expect(seqs(state)).toEqual([1]);
    expect(after(waiting, message(1, me, { ref: "r1" })).unsent).toEqual([]);
  });

  test("of another tab count as missing until their message arrives", () => {
    const state = after(EMPTY, welcome(), { type: "stored", ref: "r9", conversation: C, message: "m1", seq: 1, at: 9 });
    expect(state.messages).toEqual([]);
    expect(behind(state)).toBe(true);
    expect(behind(after(state, message(1, me, { ref: "r9" })))).toBe(false);
  });

  test("are not duplicated when the storage event arrives after the message", () => {
    const state = after(EMPTY, welcome(), message(1, me, { ref: "r1" }));
    expect(withUnsent(state, unsent).unsent).toEqual([]);
  });

  test("survive the start of a new conversation", () => {
    const state = after(after(waiting, message(1)), message(1, mai, { conversation: LATER }));
    expect(state.unsent).toEqual(unsent);
  });

  test("reopen a solved conversation", () => {
    const solved = after(EMPTY, message(1), {
      type: "changed",
      conversation: C,
      seq: 1,
      at: 1,
      changes: { status: "solved" },
      change: 0,
    });
    expect(solved.conversation?.status).toBe("solved");
    expect(after(solved, message(2, me)).conversation?.status).toBe("open");
  });
});

describe("other frames", () => {
  test("typing ends with the message", () => {
    const state = { ...after(EMPTY, message(1)), typing: [mai] };
    expect(after(state, message(2)).typing).toEqual([]);
    expect(after(state, message(2, me)).typing).toHaveLength(1);
  });

  test("unread counts what others wrote after the read mark", () => {
    let state = after(EMPTY, message(1, me), message(2), message(3));
    expect(unread(state)).toBe(2);
    state = after(state, { type: "read", conversation: C, seq: 2, reader: me });
    expect(unread(state)).toBe(1);
    state = after(state, { type: "read", conversation: C, seq: 3, reader: me });
    expect(unread(state)).toBe(0);
    expect(after(state, { type: "read", conversation: C, seq: 1, reader: me }).readSeq).toBe(3);
  });

  test("an agent who answers has read the earlier messages", () => {
    expect(after(EMPTY, message(1, me), message(2)).agentReadSeq).toBe(2);
    expect(after(EMPTY, message(1), message(2, me)).agentReadSeq).toBe(1);
  });

  test("an agent's read mark is monotonic", () => {
    const read = (seq: number): ServerFrame => ({ type: "read", conversation: C, seq, reader: mai });
    expect(after(EMPTY, message(1), read(1), read(0)).agentReadSeq).toBe(1);
  });

  test("an assignment and its end are shown with the agent's name", () => {
    const changed = (assignee_name: string | null): ServerFrame => ({
      type: "changed",
      conversation: C,
      seq: 1,
      at: 1,
      changes: { assigned: true, assignee_name },
      change: 0,
    });
    const state = after(EMPTY, message(1), changed("Mai"));
    expect(state.conversation?.assignee_name).toBe("Mai");
    expect(
      after(state, { type: "changed", conversation: C, seq: 1, at: 1, changes: { status: "pending" }, change: 0 })
        .conversation,
    ).toEqual({ id: C, status: "pending", assignee_name: "Mai" });
    expect(after(state, changed(null)).conversation?.assignee_name).toBeNull();
  });

  test("who answers comes with a change, and a change of something else leaves it", () => {
    const changed = (changes: Extract<ServerFrame, { type: "changed" }>["changes"]): ServerFrame => ({
      type: "changed",
      conversation: C,
      seq: 1,
      at: 1,
      changes,
      change: null,
    });
    const state = after(EMPTY, message(1), changed({ owner: "assistant" }), changed({ status: "solved" }));
    expect(state.conversation).toMatchObject({ owner: "assistant", status: "solved" });
    expect(after(state, changed({ owner: "person" })).conversation?.owner).toBe("person");
  });

  test("the last change is the next number, from none on or from what a page says", () => {
    const changed = (change: number): ServerFrame => ({
      type: "changed",
      conversation: C,
      seq: 1,
      at: 1,
      changes: { status: "pending" },
      change,
    });
    const unknown = after(EMPTY, message(1));
    expect(after(unknown, changed(1), changed(2)).conversation?.last_change).toBe(2);
    expect(after(unknown, changed(2)).conversation?.last_change).toBeUndefined();
    const known = { ...unknown, conversation: { id: C, status: "open", assignee_name: null, last_change: 4 } } as const;
    expect(after(known, changed(5)).conversation?.last_change).toBe(5);
    expect(after(known, changed(6)).conversation?.last_change).toBe(4); // 5 is missing: the next hello says so
    expect(after(known, changed(4)).conversation?.last_change).toBe(4);
    expect(after(known, changed(0)).conversation).toMatchObject({ last_change: 4, status: "pending" });
  });

  test("another visitor starts with only the queued texts", () => {
    const unsent = [{ ref: "r1", body: "hello", at: 5, refused: 0 }];
    const state = withUnsent(after(EMPTY, welcome(), message(1)), unsent);
    const other = after(state, welcome({ visitor: LATER }));
    expect(other).toMatchObject({ visitor: LATER, messages: [], conversation: null, unsent });
  });
});

test("any order of live frames, duplicates and pages ends with the full history", () => {
  let random = 7;
  const next = (below: number) => {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    return random % below;
  };
  for (let round = 0; round < 60; round++) {
    const notes = new Set(Array.from({ length: 5 }, () => 1 + next(40)));
    let state = after(EMPTY, welcome());
    for (let seq = 1; seq <= 40; seq++) {
      if (notes.has(seq) || next(3) === 0) continue; // lost, or not for us
      state = after(state, message(seq));
      if (next(4) === 0) state = after(state, message(1 + next(seq)));
    }
    state = after(state, welcome({ conversation: C, last_seq: 40, recovered: false }));
    for (let turn = 0; behind(state) && turn < 20; turn++) {
      const from = state.covered;
      const rest = Array.from({ length: 40 }, (_, at) => at + 1).filter((seq) => seq > from && !notes.has(seq));
      state = reducePage(state, {
        type: "newer",
        page: page(rest.slice(0, 10), rest.length > 10, 40),
        after: from,
        knownSeq: state.lastSeq,
      });
    }
    expect(behind(state)).toBe(false);
    const all = Array.from({ length: 40 }, (_, at) => at + 1);
    expect(all.filter((seq) => !notes.has(seq) && !seqs(state).includes(seq))).toEqual([]);
    expect(new Set(seqs(state)).size).toBe(state.messages.length);
  }
});

test("content of a type that this version does not know is kept, live and from a page", () => {
  const content = { type: "card", lines: [{ of: [1, null] }] };
  const live = after(EMPTY, message(1, mai, { kind: "card", content }));
  expect(live.messages).toEqual([{ ...item(1), kind: "card", content }]);
  const { conversation, has_more } = page([1, 2]);
  const items = [{ ...item(1), kind: "card", content }, item(2)];
  const fetched = reducePage(live, { type: "newer", page: { conversation, items, has_more }, after: 1, knownSeq: 2 });
  expect(fetched.messages.map((held) => held.content)).toEqual([content, undefined]);
});
