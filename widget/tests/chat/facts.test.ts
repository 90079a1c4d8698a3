/** The visitor's facts, and the agents' read mark after a reconnect. */

import { describe, expect, test } from "vitest";

import { C, ME, Tab, message } from "./tab";
import { FakeStore } from "./storage";

const IDENTIFY = 19;
const SEND = 10;

describe("the visitor's facts", () => {
  test("are sent at once when there is a conversation, and once per change", async () => {
    const tab = new Tab(new FakeStore());
    await tab.open({ conversation: C, last_seq: 1, facts: true });
    tab.identify({ name: "Jonas" });
    await tab.platform.pass(0);
    expect(tab.said(IDENTIFY)).toEqual([[IDENTIFY, { name: "Jonas" }]]);
    tab.identify({ name: "Jonas" });
    await tab.platform.pass(5_000);
    expect(tab.said(IDENTIFY)).toHaveLength(1);
  });

  test("are sent at most every two seconds, and the latest wins", async () => {
    const tab = new Tab(new FakeStore());
    await tab.open({ conversation: C, last_seq: 1, facts: true });
    for (const name of ["a", "b", "c"]) {
      tab.identify({ name });
      await tab.platform.pass(100);
    }
    expect(tab.said(IDENTIFY)).toEqual([[IDENTIFY, { name: "a" }]]);
    await tab.platform.pass(2_000);
    expect(tab.said(IDENTIFY)[1]).toEqual([IDENTIFY, { name: "c" }]);
  });

  test("wait for the first text when there is no conversation, and for a server that supports them", async () => {
    const tab = new Tab(new FakeStore());
    tab.identify({ name: "Jonas" });
    await tab.open({ facts: true });
    expect(tab.said(IDENTIFY)).toEqual([]);
    tab.chat.send("hello");
    expect(tab.said(SEND)[0]?.at(-1)).toEqual({ name: "Jonas" });

    const old = new Tab(new FakeStore());
    old.identify({ name: "Jonas" });
    await old.open({ conversation: C, last_seq: 1 });
    await old.platform.pass(5_000);
    expect(old.said(IDENTIFY)).toEqual([]);
  });

  test("are sent after the next welcome when there was no connection, and not again on the next page", async () => {
    const tab = new Tab(new FakeStore());
    tab.identify({ name: "Jonas" });
    await tab.open({ key: "k", conversation: C, last_seq: 1, facts: true });
    expect(tab.said(IDENTIFY)).toHaveLength(1);
    tab.load();
    tab.identify({ name: "Jonas" });
    await tab.open({ conversation: C, last_seq: 1, facts: true });
    expect(tab.said(IDENTIFY)).toEqual([]);
  });

  test("are sent again for another visitor", async () => {
    const tab = new Tab(new FakeStore());
    tab.identify({ name: "Jonas" });
    await tab.open({ key: "k", conversation: C, last_seq: 1, facts: true });
    await tab.loses();
    tab.load();
    tab.identify({ name: "Jonas" });
    await tab.open({ key: "l", visitor: C, conversation: ME, last_seq: 1, facts: true });
    expect(tab.said(IDENTIFY)).toEqual([[IDENTIFY, { name: "Jonas" }]]);
  });
});

test("after a reconnect the chat knows what agents have read meanwhile", async () => {
  const tab = new Tab(new FakeStore());
  await tab.open({ key: "k", conversation: C, last_seq: 1 });
  await tab.hears({ ...message(1), author: { party: "visitor", id: ME, name: "" } });
  expect(tab.chat.state.agentReadSeq).toBe(0);
  await tab.loses();
  tab.load();
  await tab.open({ conversation: C, last_seq: 1, agent_read_seq: 1 });
  expect(tab.chat.state.agentReadSeq).toBe(1);
});
