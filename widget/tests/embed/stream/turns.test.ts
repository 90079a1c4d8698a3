/** The running turns of a visitor's conversation, with a fake server. */

import { beforeEach, describe, expect, test } from "vitest";
import { Turns } from "../../../src/embed/stream/turns";
import type { ServerFrame } from "../../../src/wire/frames";
import { C, idOf, message, Tab, welcome } from "../../chat/tab";
import { FakeStore } from "../../chat/storage";

const T = "0198f3a2-b4c5-7007-8007-000000000001";
const STOP = 36;
const STREAM_GET = 37;
const ASSISTANT = { party: "assistant", id: C, name: "Aria" };

const start: ServerFrame = { type: "streamstart", conversation: C, turn: T, author: ASSISTANT, intent: null };
const token = (n: number, offset: number, text: string): ServerFrame => ({
  type: "streamtoken",
  conversation: C,
  turn: T,
  n,
  offset,
  text,
});
const end: ServerFrame = { type: "streamend", conversation: C, turn: T, message: idOf(2), seq: 2 };
const spoken: ServerFrame = {
  ...message(2),
  author: ASSISTANT,
  body: "Hello",
  content: { type: "assistant_turn", turn: T },
};

let tab: Tab;
let turns: Turns;
const texts = () => turns.streams.turns.map(({ text }) => text);
const asked = () => tab.said(STREAM_GET).length;
const answer = () => tab.hears({ type: "ok", rid: tab.said(STREAM_GET).at(-1)![1] as number, result: null });

beforeEach(async () => {
  tab = new Tab(new FakeStore());
  await tab.open({ key: "k", conversation: C, last_seq: 1 });
  await tab.hears(message(1));
  turns = new Turns(tab.chat, () => undefined);
  tab.received = (frame) => turns.received(frame);
});

describe("a visitor's running turn", () => {
  test("is asked for when the part is loaded, and after each reconnect", async () => {
    expect(asked()).toBe(1);
    await tab.loses();
    await tab.platform.pass(2_000);
    tab.platform.socket.events.opened();
    await tab.hears(welcome({ conversation: C, last_seq: 1 }));
    expect(asked()).toBe(1); // of this socket
    await tab.hears(start);
    await tab.hears(token(3, 0, "Hello"));
    await answer();
    expect(texts()).toEqual(["Hello"]);
  });

  test("is asked for once when a token is missing", async () => {
    await tab.hears(start);
    await tab.hears(token(1, 5, "!"));
    await tab.platform.pass(0);
    await tab.hears(token(2, 6, "!"));
    await tab.platform.pass(100);
    expect(asked()).toBe(2);
    await tab.hears(token(0, 0, "Hello"));
    expect(texts()).toEqual(["Hello!!"]);
  });

  test("is asked for after five silent seconds; if none runs, it goes and the history is fetched", async () => {
    await tab.hears(start);
    await tab.hears(token(0, 0, "Hel"));
    await tab.platform.pass(4_900);
    expect(asked()).toBe(1);
    await tab.platform.pass(200);
    expect(asked()).toBe(2);
    expect(texts()).toEqual(["Hel"]);
    await answer();
    await tab.platform.pass(100);
    expect(texts()).toEqual([]);
    expect(tab.asked[0]).toEqual({ after_seq: 1 });
  });

  test("stays after its end until the message is there", async () => {
    await tab.hears(start);
    await tab.hears(token(0, 0, "Hello"));
    await tab.hears(end);
    expect(texts()).toEqual(["Hello"]);
    await tab.hears(spoken);
    expect(texts()).toEqual([]);
    expect(turns.replaced).toBe(true);
    await tab.platform.pass(6_000);
    expect(tab.asked).toEqual([]); // nothing was missing
  });

  test("goes with its message, and does not come back with its end", async () => {
    await tab.hears(start);
    await tab.hears(token(0, 0, "Hel"));
    await tab.hears(spoken);
    await tab.hears(token(1, 3, "lo"));
    await tab.hears(end);
    expect(texts()).toEqual([]);
  });

  test("whose message does not come is fetched like any other that is missing", async () => {
    await tab.hears(start);
    await tab.hears(token(0, 0, "Hello"));
    await tab.hears(end);
    await tab.platform.pass(500);
    expect(tab.asked[0]).toEqual({ after_seq: 1 });
    await tab.platform.pass(5_000);
    expect(texts()).toEqual([]);
  });

  test("of another conversation is not shown", async () => {
    await tab.hears({ ...start, conversation: T } as ServerFrame);
    expect(texts()).toEqual([]);
  });
});

describe("stopping it", () => {
  beforeEach(async () => {
    await tab.hears(start);
    turns.stop(T);
  });

  test("sends the turn, and waits for the server", () => {
    expect(tab.said(STOP)[0]!.slice(2)).toHaveLength(2);
    expect(turns.stopping).toBe(T);
  });

  test("can be tried again when it was refused", async () => {
    const rid = tab.said(STOP)[0]![1] as number;
    const refused = { code: 113, message: "", temporary: true, retry_ms: 0, ref: null };
    await tab.hears({ type: "error", rid, ...refused } as ServerFrame);
    expect(turns.stopping).toBeNull();
  });

  test("can be tried again when nothing came of it", async () => {
    await tab.platform.pass(2_900);
    expect(turns.stopping).toBe(T);
    await tab.platform.pass(200);
    expect(turns.stopping).toBeNull();
    expect(asked()).toBe(1); // that is for later
  });

  test("asks for the turn when it had ended before", async () => {
    await tab.hears({ type: "ok", rid: tab.said(STOP)[0]![1] as number, result: "already_finished" });
    expect(asked()).toBe(2);
    await answer();
    expect(texts()).toEqual([]);
  });
});
