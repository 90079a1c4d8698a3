/** Answers to forms in the visitor's chat: queued as texts are, sent once, refused with the errors of fields. */

import { beforeEach, describe, expect, test } from "vitest";
import { discard } from "../../src/chat/in_window";
import type { Answers } from "../../src/chat/model";
import { Queue } from "../../src/chat/queue";
import { ErrorCode, type ServerFrame } from "../../src/wire/frames";
import { FakeStore } from "./storage";
import { C, idOf, MAI, message, ME, PROJECT, stored, Tab } from "./tab";

const SEND = 10;
const ANSWER = 24;
const FORM = idOf(1);
const ANSWERS: Answers = { conversation: C, request: FORM, values: { size: "M", gift: true }, body: "Order\nSize: M" };
const PREFIX = `parley:${PROJECT}:unsent:`;

let local: FakeStore;
let tab: Tab;

beforeEach(() => {
  local = new FakeStore();
  tab = new Tab(local);
});

async function asked(): Promise<string> {
  await tab.open({ key: "k" });
  await tab.hears({ ...message(1), kind: "form_request", content: { type: "form_request", state: "open" } });
  tab.chat.send("", { form: ANSWERS });
  return tab.chat.state.unsent[0]!.ref;
}

const state = (said: string, request = FORM): ServerFrame => ({
  type: "changed",
  conversation: C,
  seq: 1,
  at: 1,
  changes: { form: { request, state: said } },
  change: 1,
});

describe("an answer", () => {
  test("is a frame of its own, with the facts of the page", async () => {
    tab.identify({ plan: "pro" });
    await asked();
    const [frame] = tab.said(ANSWER);
    expect(frame?.slice(5)).toEqual([{ size: "M", gift: true }, null, { plan: "pro" }]);
    expect(tab.said(SEND)).toEqual([]);
  });

  test("given offline survives a reload and arrives once, with the same ref", async () => {
    await tab.open({ key: "k" });
    await tab.hears(message(1));
    await tab.loses();
    tab.chat.send("", { form: ANSWERS });
    const { ref } = tab.chat.state.unsent[0]!;
    tab.load();
    expect(tab.chat.state.unsent[0]).toMatchObject({ ref, form: ANSWERS, refused: 0 });
    await tab.open({ conversation: C, last_seq: 1 });
    expect(tab.said(ANSWER)).toHaveLength(1);
    await tab.hears(stored(ref, 2));
    await tab.loses();
    await tab.platform.pass(60_000);
    expect(local.names(PREFIX)).toEqual([]);
  });

  test("that is stored is fetched, because the server gives it its labels", async () => {
    const ref = await asked();
    tab.answer = () => ({
      conversation: { id: C, status: "open", assignee_name: null, last_seq: 2, agent_read_seq: 0, read_seq: 0 },
      items: [
        {
          seq: 2,
          id: idOf(2),
          ref,
          author: { party: "visitor", id: ME, name: "" },
          at: 2,
          kind: "form_answer",
          body: "Order\nSize: M",
          meta: {},
          content: { type: "form_answer", request: FORM },
        },
      ],
      has_more: false,
    });
    await tab.hears(stored(ref, 2));
    await tab.platform.pass(1_000);
    expect(tab.chat.state.messages[1]).toMatchObject({ seq: 2, kind: "form_answer" });
    expect(tab.chat.state.unsent).toEqual([]);
  });

  test("that is refused keeps the errors of its fields, until it is discarded", async () => {
    const ref = await asked();
    await tab.hears({
      type: "error",
      rid: 2,
      code: ErrorCode.BadFrame,
      message: "",
      temporary: false,
      retry_ms: 0,
      ref,
      details: { fields: { size: "not_an_option" } },
    });
    expect(tab.chat.state.unsent[0]).toMatchObject({ refused: ErrorCode.BadFrame, errors: { size: "not_an_option" } });
    tab.load();
    expect(tab.chat.state.unsent[0]?.errors).toEqual({ size: "not_an_option" });
    discard(tab.chat, ref);
    expect(tab.chat.state.unsent).toEqual([]);
  });

  test("does not hold up a text once it is refused", async () => {
    const ref = await asked();
    tab.chat.send("hello");
    await tab.hears({
      type: "error",
      rid: 2,
      code: ErrorCode.FormExpired,
      message: "",
      temporary: false,
      retry_ms: 0,
      ref,
    });
    expect(tab.said(SEND)).toHaveLength(1);
  });

  test("is skipped by a tab of a release without forms, which would send it as a text", () => {
    new Queue(local, PREFIX, "tab", tab.platform).add(idOf(9), "", { form: ANSWERS });
    const [entry] = local.names(PREFIX).map((name) => JSON.parse(local.read(name)!) as { body: string });
    expect(entry?.body).toBe(""); // 0.2.0 ignores an entry without a body
  });
});

describe("a form that changes", () => {
  test("has its state by request, and forgets it with the conversation", async () => {
    await asked();
    await tab.hears(state("answered"));
    expect(tab.chat.state.forms[FORM]).toMatchObject({ state: "answered" });
    await tab.hears({ ...message(1, idOf(7)), conversation: "0199f3a2-b4c5-7004-8004-0000000000ff" });
    expect(tab.chat.state.forms).toEqual({});
  });

  test("has a corrected answer by its message", async () => {
    await asked();
    const form = { answer: idOf(2), body: "Order\nSize: L", content: { type: "form_answer", version: 2 } };
    await tab.hears({ type: "changed", conversation: C, seq: 2, at: 1, changes: { form }, change: 2 });
    expect(tab.chat.state.forms[idOf(2)]).toMatchObject({ body: "Order\nSize: L" });
  });

  test("of another conversation changes nothing", async () => {
    await asked();
    await tab.hears({ ...state("answered"), conversation: MAI } as ServerFrame);
    expect(tab.chat.state.forms).toEqual({});
  });
});
