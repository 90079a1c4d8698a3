/** Forms in the agents' state: live states, corrections, and the ephemeral signal that a visitor fills one in. */

import { describe, expect, test } from "vitest";
import type { Action } from "../../src/dashboard/state/actions";
import { current, withForms } from "../../src/dashboard/forms/live";
import type { Message } from "../../src/dashboard/state/model";
import { threadOf } from "../../src/dashboard/state/threads";
import { fromFrame } from "../../src/dashboard/store/from_frame";
import { fieldsOf } from "../../src/dashboard/forms/shown";
import type { FormChange } from "../../src/wire/frames";
import { after, message, reading } from "./factories";

const request = (seq: number, state?: string): Message =>
  message(seq, {
    kind: "form_request",
    content: { type: "form_request", template: "t", name: "Order", fields: [], ...(state ? { state } : {}) },
  });
const answer = (seq: number, version: number, value: string): Message =>
  message(seq, {
    kind: "form_answer",
    body: `Order\nSize: ${value}`,
    content: {
      type: "form_answer",
      template: "t",
      name: "Order",
      values: [{ key: "size", label: "Size", value }],
      version,
    },
  });
const changed = (form: FormChange, now = 0): Action => ({ type: "form changed", conversation: "c", form, now });
const counted = (form: FormChange, change: number): Action => ({ ...changed(form), change }) as Action;
const stateIn = (found: Message | undefined) => found?.content?.["state"];

describe("a frame", () => {
  test("with a form is no change of the status", () => {
    const form = { request: "m1", state: "answered" };
    const frame = { type: "changed", conversation: "c", seq: 1, at: 5, changes: { form }, change: 3 } as const;
    expect(fromFrame(frame, 7)).toEqual({ type: "form changed", conversation: "c", form, now: 7, change: 3 });
  });
});

describe("a request", () => {
  test("takes the state of the frame, in the thread too", () => {
    const { state } = after(
      reading(1),
      { type: "message", conversation: "c", message: request(2) },
      changed({ request: "m2", state: "cancelled" }),
    );
    const shown = withForms(threadOf(state, "c"), state.forms);
    expect(stateIn(shown.messages.at(-1))).toBe("cancelled");
    expect(stateIn(threadOf(state, "c").messages.at(-1))).toBeUndefined(); // the message itself is as it was sent
  });

  test("keeps a final state that was fetched after the frame", () => {
    expect(stateIn(current(request(2, "answered"), { request: "m2", state: "expired" }))).toBe("answered");
  });

  test("is filled for ten seconds after the last signal, and no longer once it is answered", () => {
    const filling = changed({ request: "m2", state: "filling" }, 1_000);
    const { state } = after(reading(1), filling);
    expect(state.filling.get("m2")).toBe(11_000);
    expect(state.forms.size).toBe(0);
    expect(after(state, { type: "tick", now: 10_999 }).state).toBe(state);
    expect(after(state, { type: "tick", now: 11_000 }).state.filling.size).toBe(0);
    expect(after(state, changed({ request: "m2", state: "answered" })).state.filling.size).toBe(0);
  });
});

describe("an answer", () => {
  const correction = { answer: "m2", body: "Order\nSize: L", content: answer(2, 2, "L").content! };

  test("is shown as corrected, and the snippet is fetched again", () => {
    const { state, effects } = after(
      reading(1),
      { type: "message", conversation: "c", message: answer(2, 1, "M") },
      changed(correction),
    );
    expect(withForms(threadOf(state, "c"), state.forms).messages.at(-1)?.body).toBe("Order\nSize: L");
    expect(effects).toContainEqual({ type: "fetch conversation", conversation: "c" });
  });

  test("that was fetched later than a correction is not set back", () => {
    expect(current(answer(2, 3, "S"), correction).body).toBe("Order\nSize: S");
  });
});

test("a thread without changed forms stays the same object", () => {
  const { state } = after(reading(3), changed({ request: "other", state: "answered" }));
  expect(withForms(threadOf(state, "c"), state.forms)).toBe(threadOf(state, "c"));
});

test("kept changes are bounded", () => {
  const many = Array.from({ length: 600 }, (_, n) => changed({ request: `f${n}`, state: "answered" }));
  const { state } = after(reading(1), ...many);
  expect(state.forms.size).toBe(500);
  expect(state.forms.has("f0")).toBe(false);
  expect(state.forms.has("f599")).toBe(true);
});

test("an answer is corrected in the fields that asked, and in guessed ones when they are unknown", () => {
  const values = [
    { key: "size", label: "Size", value: "M" },
    { key: "extras", label: "Extras", value: ["a", "b"] },
    { key: "ok", label: "Ok", value: true },
    { key: "note", label: "Note", value: "two\nlines" },
  ];
  const known = [{ key: "size", label: "Size now", type: "select", options: ["S", "M"] }];
  expect(fieldsOf(values, known)).toEqual([
    { key: "size", label: "Size", type: "select", options: ["S", "M"], lines: false },
    { key: "extras", label: "Extras", type: "multiselect", options: ["a", "b"] },
    { key: "ok", label: "Ok", type: "boolean" },
    { key: "note", label: "Note", type: "text", lines: true }, // a single-line input would join them
  ]);
});

describe("changes of forms", () => {
  const expired = { request: "m2", state: "expired" };

  test("count, so that the next one is no gap", () => {
    const { state, effects } = after(reading(3), counted(expired, 1), counted({ request: "m3", state: "answered" }, 2));
    expect(effects).toEqual([]);
    expect(threadOf(state, "c").change).toBe(2);
    expect(state.entries.get("c")?.conversation.last_change).toBe(2);
  });

  test("that were missed are fetched, and shown in place of what frames had said before", () => {
    const correction = { answer: "m3", body: "Order\nSize: L", content: answer(3, 2, "L").content! };
    const held = after(
      reading(1),
      { type: "message", conversation: "c", message: request(2) },
      { type: "message", conversation: "c", message: answer(3, 1, "M") },
      counted(correction, 1),
    );
    const gap = after(held.state, counted({ request: "m9", state: "cancelled" }, 4));
    expect(gap.effects).toEqual([{ type: "fetch altered", conversation: "c", after: 1, change: 4 }]);
    const items = [
      { ...request(2, "expired"), version: 2 },
      { ...answer(3, 3, "XL"), version: 3 },
    ];
    const page = { type: "messages", conversation: "c", where: "altered", items, has_more: false, change: 4 } as const;
    const { state } = after(gap.state, page);
    const shown = withForms(threadOf(state, "c"), state.forms).messages;
    expect(stateIn(shown[1])).toBe("expired");
    expect(shown[2]?.body).toBe("Order\nSize: XL");
    expect(threadOf(state, "c").change).toBe(4);
  });
});
