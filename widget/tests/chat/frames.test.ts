/** Frames that are too large, and frames of a later version: neither may stop the chat or cause a loop. */

import { beforeEach, describe, expect, test } from "vitest";
import { pack } from "../wire/server";
import { FakeStore } from "./storage";
import { C, MAI, Tab, message, stored, welcome } from "./tab";

const SEND = 10;
const IDENTIFY = 19;

let tab: Tab;

beforeEach(() => {
  tab = new Tab(new FakeStore());
});

describe("a text that is too large for one frame", () => {
  const wide = Object.fromEntries(Array.from({ length: 32 }, (_, at) => [`fact ${at}`, "ü".repeat(1_000)]));

  test("is sent without the visitor's facts, so that it fits", async () => {
    await tab.open({ key: "k" });
    tab.identify(wide);
    tab.chat.send("ế".repeat(5_000)); // 15,000 bytes: the largest allowed
    expect(tab.said(SEND).map((frame) => [(frame[5] as string).length, frame[6]])).toEqual([[5_000, {}]]);
    await tab.hears(stored(tab.said(SEND)[0]![2] as string, 1));
    tab.identify({ plan: "pro" });
    tab.chat.send("again");
    expect(tab.said(SEND).map((frame) => frame[6])).toEqual([{}, { plan: "pro" }]);
  });

  test("is not caused by facts: the first ones are sent, as many as the server keeps", async () => {
    await tab.open({ key: "k", conversation: C, last_seq: 1, facts: true });
    tab.identify(wide);
    await tab.platform.pass(5_000);
    expect(tab.said(IDENTIFY).map((frame) => Object.keys(frame[1] as object))).toEqual([["fact 0", "fact 1"]]);
  });

  test("is refused when the connection was closed because of it, and not sent again", async () => {
    await tab.open({ key: "k" });
    tab.chat.send("first");
    await tab.platform.pass(10);
    tab.chat.send("second");
    await tab.loses(1009);
    expect(tab.chat.state.unsent.map(({ body, refused }) => [body, refused])).toEqual([
      ["first", 106],
      ["second", 0],
    ]);
    await tab.platform.pass(30_000);
    tab.platform.socket.events.opened();
    await tab.hears(welcome());
    expect(tab.said(SEND).map((frame) => frame[5])).toEqual(["second"]);
  });

  test("does not affect other texts", async () => {
    await tab.open({ key: "k" });
    tab.chat.send("first");
    await tab.hears(stored(tab.said(SEND)[0]![2] as string, 1));
    await tab.loses(1009);
    expect(tab.chat.state.unsent).toEqual([]);
    expect(tab.chat.state.messages.map(({ body }) => body)).toEqual(["first"]);
  });
});

test("frames of a later version change nothing, and messages of a later kind are shown as text", async () => {
  await tab.open({ key: "k" });
  await tab.hears(message(1));
  for (const frame of [
    [60, "later", { a: [1] }],
    [255, null, [1, 2]],
  ]) {
    tab.platform.socket.events.received(Uint8Array.from(pack(frame)));
  }
  await tab.hears({ ...message(2), kind: "card", author: { party: "assistant", id: MAI, name: "Parley" } });
  expect(tab.chat.connection).toBe("open");
  expect(tab.chat.state.messages.map(({ kind, body, author }) => [kind, body, author.party])).toEqual([
    ["text", "text 1", "agent"],
    ["card", "text 2", "assistant"],
  ]);
  expect(tab.arrived).toHaveLength(2);
});
