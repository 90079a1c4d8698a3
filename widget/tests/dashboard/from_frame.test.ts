/** Frames of a later server in an older dashboard. */

import { expect, test } from "vitest";

import { fromFrame } from "../../src/dashboard/store/from_frame";
import { threadOf } from "../../src/dashboard/state/threads";
import type { ServerFrame } from "../../src/wire/frames";
import { after, atWork, message, row } from "./factories";

const said: ServerFrame = {
  type: "message",
  conversation: "c",
  seq: 2,
  message: "m2",
  ref: null,
  author: { party: "assistant", id: "bot", name: "Parley" },
  at: 2_000,
  kind: "card",
  body: "Order 17: paid",
  meta: {},
};

const changed = (changes: Extract<ServerFrame, { type: "changed" }>["changes"]): ServerFrame => ({
  type: "changed",
  conversation: "c",
  seq: 2,
  at: 2_000,
  changes,
  change: 1,
});

test("a message of an unknown kind and party is shown with its text and author", () => {
  const { state } = after(
    atWork(row("c")),
    { type: "open", conversation: "c" },
    { type: "messages", conversation: "c", where: "latest", items: [message(1)], has_more: false },
    fromFrame(said, 0)!,
  );
  expect(threadOf(state, "c").messages.at(-1)).toMatchObject({ kind: "card", body: "Order 17: paid" });
  expect(state.entries.get("c")?.conversation).toMatchObject({ last_seq: 2, snippet: "Order 17: paid" });
});

test("content of an unknown type stays with the message, whose text is shown", () => {
  const content = { type: "card", name: "Order 17", lines: [{ of: [1] }] };
  const { state } = after(
    atWork(row("c")),
    { type: "open", conversation: "c" },
    { type: "messages", conversation: "c", where: "latest", items: [message(1)], has_more: false },
    fromFrame({ ...said, content }, 0)!,
  );
  expect(threadOf(state, "c").messages.at(-1)).toMatchObject({ content, body: "Order 17: paid" });
  expect(state.entries.get("c")?.conversation).toMatchObject({ snippet: "Order 17: paid" });
});

test("the snippet of a live message comes from its content", () => {
  const content = { type: "form_request", template: "t", name: "Order details", fields: [] };
  const { state } = after(atWork(row("c")), fromFrame({ ...said, kind: "form_request", content }, 0)!);
  expect(state.entries.get("c")?.conversation).toMatchObject({ snippet: "Order details" });
});

test("a message of a server without content has none", () => {
  expect(fromFrame(said, 0)).toMatchObject({ message: { content: null } });
});

test("an unknown status keeps the known one", () => {
  expect(fromFrame(changed({ status: "snoozed" }), 0)).toMatchObject({ status: null, change: 1 });
  expect(fromFrame(changed({ status: "snoozed", assigned: true }), 0)).toMatchObject({ status: null, assigned: true });
  expect(fromFrame(changed({ status: "spam" }), 0)).toMatchObject({ status: "spam" });
});

test("an unknown frame is ignored", () => {
  expect(fromFrame({ type: "reaction" } as unknown as ServerFrame, 0)).toBeNull();
});
