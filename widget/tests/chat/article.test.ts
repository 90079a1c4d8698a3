/** The article that a text is about goes with that text, once, and with each attempt to send it. */

import { beforeEach, expect, test } from "vitest";
import { FakeStore } from "./storage";
import { C, Tab, stored } from "./tab";

const SEND = 10;
const ARTICLE = "0198f3a2-b4c5-7005-8005-0000000000aa";

let local: FakeStore;
let tab: Tab;
const articles = () => tab.said(SEND).map((frame) => frame[7]);

beforeEach(() => {
  local = new FakeStore();
  tab = new Tab(local);
});

test("the next text names it, and the one after does not", async () => {
  await tab.open({ key: "k" });
  tab.chat.article = ARTICLE;
  tab.chat.send("Does it hold for gifts?");
  expect(tab.chat.article).toBeUndefined();
  await tab.hears(stored(tab.said(SEND)[0]![2] as string, 1));
  tab.chat.send("Thanks");
  expect(articles()).toEqual([ARTICLE, undefined]);
});

test("a text that could not be sent keeps it through a reload", async () => {
  tab.chat.article = ARTICLE;
  tab.chat.send("Does it hold for gifts?");
  tab.load();
  await tab.open({ key: "k" });
  expect(articles()).toEqual([ARTICLE]);
});

test("an empty text and the answer to a form leave it for the next text", async () => {
  await tab.open({ key: "k" });
  tab.chat.article = ARTICLE;
  expect(tab.chat.send("  ")).toBe(false);
  tab.chat.send("", { form: { conversation: C, request: ARTICLE, values: {}, body: "" } });
  expect(tab.chat.article).toBe(ARTICLE);
});
