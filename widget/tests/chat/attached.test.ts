/** Files in the visitor's chat: a message with them is queued as a text is, and is shown before and after it is stored. */

import { beforeEach, expect, test } from "vitest";
import { contentOf } from "../../src/attachments/files";
import type { Attachments } from "../../src/chat/model";
import { Queue } from "../../src/chat/queue";
import { FakeStore } from "./storage";
import { C, idOf, message, PROJECT, stored, Tab } from "./tab";

const SEND = 10;
const ATTACH = 26;
const FILE = { id: idOf(7), name: "invoice.pdf", media_type: "application/pdf", size: 48_213 };
const PREFIX = `parley:${PROJECT}:unsent:`;

let local: FakeStore;
let tab: Tab;

const attached = (caption = ""): Attachments => ({
  type: "attach",
  files: [FILE.id],
  body: caption,
  shown: caption || FILE.name,
  content: contentOf([FILE], caption),
});

beforeEach(async () => {
  local = new FakeStore();
  tab = new Tab(local);
  await tab.open({ key: "k" });
  await tab.hears(message(1));
});

test("a message with files is a frame of its own, with the caption and the facts of the page", () => {
  tab.identify({ plan: "pro" });
  tab.chat.article = idOf(9);
  tab.chat.send("", { attached: attached("see page 2") });
  const [frame] = tab.said(ATTACH);
  expect(frame?.slice(3)).toEqual([null, [FILE.id], "see page 2", { plan: "pro" }, idOf(9)]);
  expect(tab.said(SEND)).toEqual([]);
});

test("it is shown by the names of its files while it waits, and with its content once it is stored", async () => {
  tab.chat.send("", { attached: attached() });
  expect(tab.said(ATTACH)[0]?.[5]).toBe("");
  const { ref, body, attached: waiting } = tab.chat.state.unsent[0]!;
  expect([body, waiting?.shown]).toEqual(["", "invoice.pdf"]);
  await tab.hears(stored(ref, 2));
  expect(tab.chat.state.unsent).toEqual([]);
  expect(tab.chat.state.messages.at(-1)).toMatchObject({ ref, body: "invoice.pdf", content: contentOf([FILE], "") });
});

test("it waits for the connection across a reload, in order with texts, and is sent once", async () => {
  await tab.loses();
  tab.chat.send("first");
  tab.chat.send("", { attached: attached("second") });
  tab.load();
  expect(tab.chat.state.unsent.map((one) => one.attached?.body ?? one.body)).toEqual(["first", "second"]);
  await tab.open({ conversation: C, last_seq: 1 });
  expect([tab.said(SEND).length, tab.said(ATTACH).length]).toEqual([1, 0]);
  await tab.hears(stored(tab.chat.state.unsent[0]!.ref, 2));
  expect(tab.said(ATTACH)).toHaveLength(1);
});

test("in storage its text is empty, so that releases without files do not send it as a text", async () => {
  await tab.loses();
  tab.chat.send("", { attached: attached("caption") });
  const [entry] = [...local.held].filter(([name]) => name.startsWith(PREFIX)).map(([, value]) => JSON.parse(value));
  expect(entry).toMatchObject({ body: "", attached: { body: "caption" } });
  expect(new Queue(local, PREFIX, "other", tab.platform).list()).toMatchObject([{ attached: attached("caption") }]);
});
