/** The visitor's chat as a whole, against a fake server and a virtual clock. */

import { beforeEach, describe, expect, test } from "vitest";
import type { HistoryPage } from "../../src/chat/store";
import { TypingSignal } from "../../src/chat/typing";
import { settle } from "../wire/fake_platform";
import { FakeStore } from "./storage";
import { C, KEY, MAI, ME, OTHER, PROJECT, Tab, message, stored, welcome } from "./tab";

const SEND = 10;
const READ = 15;
const TYPING = 16;
const PAGE = 18;

let local: FakeStore;
let tab: Tab;

beforeEach(() => {
  local = new FakeStore();
  tab = new Tab(local);
});

describe("the visitor's identity", () => {
  test("comes from the server on the first visit and is stored", async () => {
    await tab.open({ key: "first" });
    expect(tab.hello).toEqual({
      project: PROJECT,
      tab: tab.id,
      page: { url: tab.url, title: "Shop", referrer: "" },
      lang: "en",
      version: "1",
    });
    expect(local.read(KEY)).toBe("first");
    tab.load();
    await tab.open();
    expect(tab.hello.key).toBe("first");
  });

  test("two tabs that send their first hello at the same time become one visitor", async () => {
    const second = new Tab(local);
    for (const each of [tab, second]) {
      each.chat.start();
      await settle();
      each.platform.socket.events.opened();
    }
    await tab.hears(welcome({ key: "first", visitor: ME }));
    await second.hears(welcome({ key: "second", visitor: OTHER }));
    expect(local.read(KEY)).toBe("first");
    expect(second.platform.sockets).toHaveLength(2);
    second.platform.socket.events.opened();
    expect(second.hello.key).toBe("first");
    await second.hears(welcome({ visitor: ME }));
    expect(second.chat.state.visitor).toBe(ME);
  });

  test("a tab that gets the lock after another tab's hello starts with that tab's key", async () => {
    const second = new Tab(local);
    let begin: () => void = () => undefined;
    second.turn = () => new Promise((resolve) => (begin = () => resolve(() => undefined)));
    let ended = 0;
    tab.turn = async () => () => void ended++;
    second.chat.start();
    await settle();
    expect(second.platform.sockets).toHaveLength(0);
    await tab.open({ key: "first" });
    expect(ended).toBe(1);
    begin();
    await settle();
    second.platform.socket.events.opened();
    expect(second.hello.key).toBe("first");
  });

  test("a tab switches to the visitor that another tab has stored", async () => {
    await tab.open({ key: "mine", visitor: ME });
    local.write(KEY, "theirs");
    local.write(`parley:${PROJECT}:visitor`, OTHER);
    tab.chat.changedElsewhere(`parley:${PROJECT}:visitor`, OTHER);
    await settle();
    tab.platform.socket.events.opened();
    expect(tab.hello.key).toBe("theirs");
  });

  test("a rejected key is forgotten once", async () => {
    local.write(KEY, "stale");
    tab.chat.start();
    await settle();
    tab.platform.socket.events.opened();
    await tab.loses(4500);
    tab.platform.socket.events.opened();
    expect(tab.hello.key).toBeUndefined();
    await tab.loses(4500);
    expect(tab.chat.connection).toBe("over");
    expect(tab.platform.sockets).toHaveLength(2);
  });
});

describe("a text", () => {
  test("is queued, sent, and removed from the queue when stored", async () => {
    await tab.open({ key: "k" });
    tab.chat.send("  hello  ");
    const [, , ref, conversation, kind, body] = tab.said(SEND)[0]!;
    expect([conversation, kind, body]).toEqual([null, "text", "hello"]);
    await tab.hears({ type: "queued", rid: 2, ref: ref as string });
    expect(tab.chat.state.unsent).toHaveLength(1);
    await tab.hears(stored(ref as string, 1));
    expect(tab.chat.state.unsent).toEqual([]);
    expect(tab.chat.state.messages.map((held) => held.body)).toEqual(["hello"]);
    expect(local.names(`parley:${PROJECT}:unsent:`)).toEqual([]);
  });

  test("written before the first connection is sent when it opens", async () => {
    tab.chat.send("early");
    await tab.open({ key: "k" });
    expect(tab.said(SEND)).toHaveLength(1);
  });

  test("not stored when the connection is lost is sent again with the same ref", async () => {
    await tab.open({ key: "k" });
    tab.chat.send("hello");
    const ref = tab.said(SEND)[0]![2];
    await tab.hears({ type: "queued", rid: 2, ref: ref as string });
    await tab.loses();
    await tab.platform.pass(1_000);
    tab.platform.socket.events.opened();
    await tab.hears(welcome());
    expect(tab.said(SEND).map((frame) => frame[2])).toEqual([ref]);
  });

  test("not stored when the page is reloaded is sent again with the same ref", async () => {
    await tab.open({ key: "k" });
    tab.chat.send("hello");
    const ref = tab.said(SEND)[0]![2];
    tab.load();
    expect(tab.chat.state.unsent).toHaveLength(1);
    await tab.open();
    expect(tab.said(SEND)[0]![2]).toBe(ref);
  });

  test("of a closed tab is sent by an open one", async () => {
    const closed = new Tab(local);
    closed.chat.send("left behind");
    tab.load();
    await tab.open({ key: "k" });
    expect(tab.said(SEND)).toHaveLength(0);
    await tab.platform.pass(10_100);
    expect(tab.said(SEND).map((frame) => frame[5])).toEqual(["left behind"]);
  });

  test("refused by a busy server waits for retry_ms", async () => {
    await tab.open({ key: "k" });
    tab.chat.send("hello");
    const ref = tab.said(SEND)[0]![2] as string;
    await tab.hears({ type: "error", rid: 2, code: 113, message: "", temporary: true, retry_ms: 3_000, ref });
    await tab.platform.pass(2_900);
    expect(tab.said(SEND)).toHaveLength(1);
    await tab.platform.pass(200);
    expect(tab.said(SEND).map((frame) => frame[2])).toEqual([ref, ref]);
    expect(tab.chat.state.unsent[0]?.refused).toBe(0);
  });

  test("refused permanently is marked as failed, and is sent again when the visitor retries", async () => {
    await tab.open({ key: "k" });
    tab.chat.send("hello");
    await tab.hears({ type: "error", rid: 2, code: 105, message: "", temporary: false, retry_ms: 0, ref: null });
    const [failed] = tab.chat.state.unsent;
    expect(failed?.refused).toBe(105);
    tab.chat.retry(failed!.ref);
    expect(tab.said(SEND)).toHaveLength(2);
    tab.chat.discard(failed!.ref);
    expect(tab.chat.state.unsent).toEqual([]);
  });

  test.each([1009, 4501])("that makes the server close with %i is not sent again automatically", async (code) => {
    await tab.open({ key: "k" });
    tab.chat.send("too much");
    await tab.loses(code);
    expect(tab.chat.state.unsent[0]?.refused).toBe(106);
    tab.load();
    await tab.open();
    expect(tab.said(SEND)).toEqual([]);
    tab.chat.retry(tab.chat.state.unsent[0]!.ref);
    expect(tab.said(SEND)).toHaveLength(1);
  });

  test("is ordered after an earlier one although the clock was set back between them", async () => {
    tab.chat.send("one");
    tab.platform.skew = -3_600_000;
    tab.chat.send("two");
    expect(tab.chat.state.unsent.map((text) => text.body)).toEqual(["one", "two"]);
    await tab.open({ key: "k" });
    const [one] = tab.chat.state.unsent;
    await tab.hears(stored(one!.ref, 1));
    expect(tab.said(SEND).map((frame) => frame[5])).toEqual(["one", "two"]);
  });

  test("not stored is sent again after five seconds although the clock was set back", async () => {
    await tab.open({ key: "k" });
    tab.chat.send("hello");
    tab.platform.skew = -3_600_000;
    await tab.platform.pass(5_100);
    expect(tab.said(SEND)).toHaveLength(2);
  });

  test("carries the visitor's facts", async () => {
    tab.identify({ name: "An" });
    await tab.open({ key: "k" });
    tab.chat.send("hello");
    expect(tab.said(SEND)[0]![6]).toEqual({ name: "An" });
  });
});

describe("missed messages", () => {
  test("are fetched after a gap has had time to close by itself", async () => {
    await tab.open({ key: "k" });
    await tab.hears(message(1));
    await tab.hears(message(3));
    expect(tab.asked).toEqual([]);
    tab.answer = () => page(2, 3);
    await tab.platform.pass(500);
    expect(tab.asked).toEqual([{ after_seq: 1 }]);
    expect(tab.chat.state.messages.map((held) => held.seq)).toEqual([1, 2, 3]);
  });

  test("cost no request when the server replays them", async () => {
    await tab.open({ key: "k" });
    await tab.hears(message(1));
    await tab.loses();
    await tab.platform.pass(1_000);
    tab.platform.socket.events.opened();
    expect(tab.hello.have).toEqual([[C, [1, 0]]]);
    await tab.hears(welcome({ conversation: C, last_seq: 2 }));
    await tab.hears(message(2));
    await tab.platform.pass(2_000);
    expect(tab.asked).toEqual([]);
  });

  test("cost no request after a reload that missed nothing", async () => {
    await tab.open({ key: "k" });
    await tab.hears(message(1));
    tab.load();
    expect(tab.chat.state.messages).toHaveLength(1);
    await tab.open({ conversation: C, last_seq: 1 });
    expect(tab.hello.have).toEqual([[C, [1, 0]]]);
    await tab.platform.pass(2_000);
    expect(tab.asked).toEqual([]);
  });

  test("are fetched with the newest page when no messages are held", async () => {
    tab.answer = () => page(8, 9);
    await tab.open({ key: "k", conversation: C, last_seq: 9, recovered: false });
    await tab.platform.pass(10);
    expect(tab.asked).toEqual([{}]);
    expect(tab.chat.state.messages.map((held) => held.seq)).toEqual([8, 9]);
  });

  test("are fetched again until there is a response", async () => {
    let failures = 3;
    tab.answer = () => {
      if (failures-- > 0) throw new Error("away");
      return page(1);
    };
    await tab.open({ key: "k", conversation: C, last_seq: 1, recovered: false });
    await tab.platform.pass(30_000);
    expect(tab.asked).toHaveLength(4);
    expect(tab.chat.state.messages).toHaveLength(1);
  });

  test("are fetched on resync, spread over two seconds", async () => {
    await tab.open({ key: "k" });
    await tab.hears(message(1));
    tab.answer = () => page(1);
    await tab.hears({ type: "resync" });
    expect(tab.asked).toEqual([]);
    await tab.platform.pass(2_000);
    expect(tab.asked).toEqual([{ after_seq: 1 }]);
  });
});

describe("read marks, typing and pages", () => {
  test("what an agent has read is still read after a reload", async () => {
    await tab.open({ key: "k", conversation: C, last_seq: 1 });
    await tab.hears(message(1));
    await tab.hears({ type: "read", conversation: C, seq: 1, reader: { party: "agent", id: MAI, name: "Mai" } });
    tab.load();
    expect(tab.chat.state.agentReadSeq).toBe(1);
  });

  test("typing ends and the page is sent although the clock was set back", async () => {
    await tab.open({ key: "k", conversation: C, last_seq: 0 });
    await tab.hears({ type: "typing", conversation: C, on: true, who: { party: "agent", id: MAI, name: "Mai" } });
    tab.platform.skew = -3_600_000;
    tab.url = "https://shop.example/tea";
    tab.chat.moved();
    await tab.platform.pass(6_100);
    expect(tab.chat.state.typing).toEqual([]);
    expect(tab.said(PAGE)).toHaveLength(1);
  });

  test("typing is sent from the first key on a page", async () => {
    tab.platform.clock = 0;
    tab.load();
    await tab.open({ key: "k", conversation: C, last_seq: 0 });
    new TypingSignal(tab.chat).typed();
    expect(tab.said(TYPING)).toHaveLength(1);
  });

  test("a read mark is sent once, and again only if the server may not have it", async () => {
    await tab.open({ key: "k" });
    await tab.hears(message(1));
    tab.chat.seen();
    tab.chat.seen();
    expect(tab.said(READ)).toEqual([[READ, C, 1]]);
    await tab.loses();
    await tab.platform.pass(1_000);
    tab.platform.socket.events.opened();
    await tab.hears(welcome());
    expect(tab.said(READ)).toEqual([[READ, C, 1]]);
    await tab.hears({ type: "read", conversation: C, seq: 1, reader: { party: "visitor", id: ME, name: "" } });
    await tab.loses();
    await tab.platform.pass(2_000);
    tab.platform.socket.events.opened();
    await tab.hears(welcome());
    expect(tab.said(READ)).toEqual([]);
  });

  test("typing is sent every three seconds and ends after four idle seconds", async () => {
    await tab.open({ key: "k" });
    const signal = new TypingSignal(tab.chat);
    signal.typed();
    signal.typed();
    await tab.platform.pass(3_000);
    signal.typed();
    expect(tab.said(TYPING).map((frame) => frame[2])).toEqual([true, true]);
    await tab.platform.pass(4_000);
    expect(tab.said(TYPING).map((frame) => frame[2])).toEqual([true, true, false]);
  });

  test("the page is sent at most every two seconds, and the latest one wins", async () => {
    await tab.open({ key: "k" });
    for (const path of ["a", "b", "c"]) {
      tab.url = `https://shop.example/${path}`;
      tab.chat.moved();
      await tab.platform.pass(100);
    }
    await tab.platform.pass(5_000);
    expect(tab.said(PAGE).map((frame) => frame[1])).toEqual(["https://shop.example/c"]);
  });

  test("the page is notified once of a message of another person", async () => {
    await tab.open({ key: "k" });
    await tab.hears(message(1));
    await tab.hears(message(1));
    expect(tab.arrived.map((held) => held.body)).toEqual(["text 1"]);
  });

  test("a typing signal without an end expires after six seconds", async () => {
    await tab.open({ key: "k" });
    await tab.hears(message(1));
    await tab.hears({ type: "typing", conversation: C, on: true, who: { party: "agent", id: MAI, name: "Mai" } });
    expect(tab.chat.state.typing).toHaveLength(1);
    await tab.platform.pass(6_100);
    expect(tab.chat.state.typing).toEqual([]);
  });
});

function page(...seqs: number[]): HistoryPage {
  return {
    conversation: {
      id: C,
      status: "open",
      assignee_name: null,
      last_seq: Math.max(...seqs),
      agent_read_seq: 0,
      read_seq: 0,
    },
    items: seqs.map((seq) => {
      const { message: id, ref, author, at, kind, body, meta } = message(seq);
      return { seq, id, ref, author, at, kind, body, meta };
    }),
    has_more: false,
  };
}
