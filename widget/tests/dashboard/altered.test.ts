/** Edited, redacted and delivered messages in the inbox: live, in any order of arrival, and after frames were missed. */

import { describe, expect, test } from "vitest";
import type { Action } from "../../src/dashboard/state/actions";
import type { Altered, State } from "../../src/dashboard/state/model";
import { threadOf } from "../../src/dashboard/state/threads";
import { fromFrame } from "../../src/dashboard/store/from_frame";
import { after, AGENT, atWork, listOf, message, messages, reading, row } from "./factories";

const edited = (seq: number, version: number, body = `edit ${version}`): Altered => ({
  seq,
  version,
  body,
  content: null,
  edited_at: 7,
});
const changed = (change: number, altered: Altered | null = null, status: "solved" | null = null): Action => ({
  type: "changed",
  conversation: "c",
  seq: 3,
  at: 9,
  status,
  assigned: false,
  assignee: null,
  by: AGENT,
  change,
  message: altered,
});
const bodies = (state: State) => threadOf(state, "c").messages.map(({ body }) => body);
const snippet = (state: State) => state.entries.get("c")?.conversation.snippet;

describe("an edit", () => {
  test("changes the message, and the list only if it is the newest", () => {
    const first = after(reading(3), changed(1, edited(2, 1)));
    expect(bodies(first.state)).toEqual(["text 1", "edit 1", "text 3"]);
    expect(snippet(first.state)).toBe("hello");
    expect(first.effects).toEqual([]);
    const second = after(first.state, changed(2, edited(3, 2)));
    expect(snippet(second.state)).toBe("edit 2");
    expect(threadOf(second.state, "c").change).toBe(2);
    expect(threadOf(second.state, "c").changes).toEqual([]);
  });

  test("of a conversation that is not open changes its row", () => {
    const state = atWork(row("c", { last_seq: 3, last_message: { kind: "text", author: AGENT } }));
    const next = after(state, changed(1, { ...edited(3, 1, ""), redacted_at: 8 })).state;
    expect(next.entries.get("c")?.conversation).toMatchObject({
      snippet: "",
      last_change: 1,
      last_message: { kind: "text", author: AGENT, redacted: true },
    });
  });

  test("is not undone by a page or an answer that is older", () => {
    const state = after(
      reading(3),
      changed(1, edited(3, 1)),
      { type: "messages", conversation: "c", where: "latest", items: messages(1, 3), has_more: false },
      { type: "message", conversation: "c", message: message(3) },
      { type: "altered", conversation: "c", message: message(3, { version: 0 }) },
    ).state;
    expect(bodies(state)[2]).toBe("edit 1");
    expect(snippet(state)).toBe("edit 1");
  });

  test("is not undone by a list that was asked for before", () => {
    const state = after(reading(3), changed(1, edited(3, 1)), listOf(row("c", { last_seq: 3, snippet: "old" }))).state;
    expect(snippet(state)).toBe("edit 1");
    expect(state.entries.get("c")?.conversation.last_change).toBe(1);
  });

  test("and its own answer can come in any order", () => {
    const own: Action = { type: "altered", conversation: "c", message: message(3, { version: 1, body: "mine" }) };
    const theirs = changed(2, edited(3, 2, "theirs"));
    for (const actions of [
      [own, changed(1, edited(3, 1, "mine")), theirs],
      [changed(1, edited(3, 1, "mine")), theirs, own],
    ]) {
      const { state } = after(reading(3), ...actions);
      expect(bodies(state)[2]).toBe("theirs");
      expect(snippet(state)).toBe("theirs");
    }
  });
});

describe("missed edits", () => {
  const fetch = { type: "fetch altered", conversation: "c", after: 0, change: 3 };

  test("show in the numbers of changes and are fetched, page by page", () => {
    const gap = after(reading(3), changed(3, null, "solved"));
    expect(gap.effects).toEqual([fetch]);
    const page = (items: Altered[], has_more: boolean): Action => ({
      type: "messages",
      conversation: "c",
      where: "altered",
      items: items.map((item) => ({ ...message(item.seq), ...item })),
      has_more,
      change: 3,
    });
    const first = after(gap.state, page([edited(1, 1)], true));
    expect(first.effects).toEqual([{ ...fetch, after: 1 }]);
    const last = after(first.state, page([edited(3, 2)], false));
    expect(last.effects).toEqual([]);
    expect(bodies(last.state)).toEqual(["edit 1", "text 2", "edit 2"]);
    expect(snippet(last.state)).toBe("edit 2");
    expect(threadOf(last.state, "c").change).toBe(3);
  });

  test("are noticed by the row of the open conversation, after a resync", () => {
    const { effects } = after(
      reading(3),
      { type: "resync" },
      {
        type: "conversation",
        conversation: row("c", { last_seq: 3, last_change: 3 }),
        tick: 1,
      },
    );
    expect(effects).toContainEqual(fetch);
  });

  test("are noticed when the conversation is opened again", () => {
    const away = after(
      reading(3),
      { type: "open", conversation: null },
      listOf(row("c", { last_seq: 3, last_change: 3 })),
    );
    expect(after(away.state, { type: "open", conversation: "c" }).effects).toContainEqual(fetch);
  });

  test("cannot be in a first page, which is as new as its request", () => {
    const opened = after(atWork(row("c", { last_seq: 3, last_change: 3 })), { type: "open", conversation: "c" });
    const { state, effects } = after(opened.state, {
      type: "messages",
      conversation: "c",
      where: "latest",
      items: messages(1, 3),
      has_more: false,
      change: 3,
    });
    expect(effects).toEqual([]);
    expect(threadOf(state, "c").change).toBe(3);
  });
});

test("what was delivered only grows, and is known of loaded conversations alone", () => {
  const told = (seq: number): Action => ({ type: "delivered", conversation: "c", seq });
  const { state } = after(reading(3), told(2), told(3), told(1));
  expect(threadOf(state, "c").delivered).toBe(3);
  const other = atWork(row("d"));
  expect(after(other, told(3)).state).toBe(other);
});

test("a change of an unknown kind counts, and shows no line", () => {
  const action = fromFrame({ type: "changed", conversation: "c", seq: 3, at: 9, changes: {}, change: 1 }, 0);
  const { state } = after(reading(3), action!);
  expect(threadOf(state, "c")).toMatchObject({ change: 1, changes: [] });
});
