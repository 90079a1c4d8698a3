/** Edited and redacted messages in a visitor's tab: live, in a gap, and after a week away. */

import { expect, test } from "vitest";
import type { Message } from "../../src/chat/model";
import type { HistoryPage } from "../../src/chat/store";
import type { AlteredMessage, FormChange, ServerFrame } from "../../src/wire/frames";
import { FakeStore } from "./storage";
import { C, idOf, message, Tab } from "./tab";

const changed = (change: number, more?: Partial<AlteredMessage>): ServerFrame => ({
  type: "changed",
  conversation: C,
  seq: 3,
  at: 9,
  changes: more ? { message: { seq: 2, id: idOf(2), version: change, body: "", content: null, ...more } } : {},
  change,
});
const bodies = (tab: Tab) => tab.chat.state.messages.map(({ body }) => body);
const item = (seq: number, more: Partial<Message> = {}): Message => {
  const { type, conversation, message: id, ...rest } = message(seq);
  return { ...rest, id, ...more };
};
const page = (items: readonly Message[], last_change: number, has_more = false): HistoryPage => ({
  conversation: {
    id: C,
    status: "open",
    assignee_name: null,
    last_seq: 3,
    last_change,
    agent_read_seq: 0,
    read_seq: 0,
  },
  items,
  has_more,
});

async function aTab(): Promise<Tab> {
  const tab = new Tab(new FakeStore());
  await tab.open({ conversation: C, key: "k1" });
  for (const seq of [1, 2, 3]) await tab.hears(message(seq));
  return tab;
}

test("an edit and a redaction are shown at once, and stored for a reload", async () => {
  const tab = await aTab();
  const before = bodies(tab);
  await tab.hears(changed(1, { body: "better", edited_at: 5 }));
  expect(bodies(tab)).toEqual([before[0], "better", before[2]]);
  await tab.hears(changed(2, { redacted_at: 6 }));
  expect(tab.chat.state.messages[1]).toMatchObject({ body: "", redacted_at: 6, version: 2, id: idOf(2) });
  tab.load();
  expect(tab.chat.state.messages[1]).toMatchObject({ body: "", redacted_at: 6 });
  await tab.open();
  expect(tab.hello["have"]).toEqual([[C, [3, 2]]]);
});

test("what is older than the held version changes nothing", async () => {
  const tab = await aTab();
  await tab.hears(changed(2, { body: "second" }));
  await tab.hears(changed(1, { body: "first" }));
  expect(bodies(tab)[1]).toBe("second");
});

test("a change of a note leaves no gap in the count", async () => {
  const tab = await aTab();
  await tab.hears(changed(1));
  await tab.hears(changed(2, { body: "better" }));
  expect(tab.chat.state.conversation?.last_change).toBe(2);
});

test("an edit of a message that has not come yet does not count: its page may be older", async () => {
  const tab = await aTab();
  await tab.hears(changed(1, { seq: 5, id: idOf(5), body: "better" }));
  expect(tab.chat.state.conversation?.last_change).toBeUndefined();
});

test("after a week away, all that was altered is fetched, page by page, before its number counts", async () => {
  const tab = await aTab();
  await tab.hears(changed(1, { body: "better", edited_at: 5 }));
  tab.load();
  const answers: Record<string, HistoryPage> = {
    '{"after_seq":3}': page([], 4),
    '{"after_change":1}': page([item(3, { body: "three", version: 3, edited_at: 7 })], 4, true),
    '{"after_change":3}': page([item(2, { body: "", version: 4, edited_at: 5, redacted_at: 8 })], 4),
  };
  let failures = 1;
  tab.answer = (which) => {
    if ("after_change" in which && which.after_change === 3 && failures-- > 0) throw new Error("offline");
    return answers[JSON.stringify(which)]!;
  };
  await tab.open({ conversation: C, last_seq: 3, recovered: false });
  await tab.platform.pass(0);
  expect(tab.chat.state.conversation?.last_change).toBe(1);
  expect(bodies(tab)[2]).not.toBe("three");
  await tab.platform.pass(30_000);
  expect(bodies(tab).slice(1)).toEqual(["", "three"]);
  expect(tab.chat.state.conversation?.last_change).toBe(4);
});

test("a new tab, which holds no message, asks for nothing that was altered", async () => {
  const tab = new Tab(new FakeStore());
  tab.answer = () => page([item(1), item(2, { body: "better", version: 1 }), item(3)], 1);
  await tab.open({ conversation: C, last_seq: 3, key: "k1" });
  await tab.platform.pass(1_000);
  expect(tab.asked).toEqual([{}]);
  expect(bodies(tab)[1]).toBe("better");
});

test("after a week away, forms are as they became, unless a frame has said more since", async () => {
  const tab = await aTab();
  const form = (change: number, said: FormChange): ServerFrame => ({
    type: "changed",
    conversation: C,
    seq: 3,
    at: 9,
    changes: { form: said },
    change,
  });
  const filled = (version: number, size: string) => ({
    body: `Size: ${size}`,
    content: { type: "form_answer", template: "t", name: "Order", values: [], version },
  });
  await tab.hears(form(1, { answer: idOf(3), ...filled(2, "M") }));
  await tab.hears(changed(2, { seq: 1, id: idOf(1), body: "one" }));
  tab.load(); // what frames have said is stored with the messages
  expect(tab.chat.state.forms[idOf(3)]?.body).toBe("Size: M");
  const content = { type: "form_request", template: "t", name: "Order", fields: [], state: "expired" };
  tab.answer = (which) =>
    "after_change" in which
      ? page([item(2, { kind: "form_request", content, version: 3 }), item(3, { ...filled(3, "L"), version: 4 })], 4)
      : page([], 4);
  await tab.open({ conversation: C, last_seq: 3, recovered: false });
  await tab.platform.pass(1_000);
  const { messages, forms, conversation } = tab.chat.state;
  expect(messages[1]?.content?.["state"]).toBe("expired");
  expect([messages[2]?.body, forms[idOf(3)]]).toEqual(["Size: L", undefined]);
  expect(conversation?.last_change).toBe(4);
  await tab.hears(form(6, { answer: idOf(3), ...filled(5, "XL") }));
  tab.answer = (which) => page("after_change" in which ? [item(3, { ...filled(4, "S"), version: 5 })] : [], 6);
  await tab.hears({ type: "resync" });
  await tab.platform.pass(30_000);
  expect(tab.asked).toContainEqual({ after_change: 4 });
  expect(tab.chat.state.forms[idOf(3)]?.body).toBe("Size: XL");
});

test("a page says who answers now, and one of an older server does not", async () => {
  const tab = await aTab();
  const { conversation, ...rest } = page([], 1);
  tab.answer = () => ({ ...rest, conversation: { ...conversation!, owner: "person" } });
  await tab.hears({ type: "resync" });
  await tab.platform.pass(2_500);
  expect(tab.chat.state.conversation?.owner).toBe("person");
  tab.answer = () => page([], 1);
  await tab.hears({ type: "resync" });
  await tab.platform.pass(2_500);
  expect(tab.chat.state.conversation?.owner).toBeUndefined();
});
