/** Forms in messages. */

import { describe, expect, test } from "vitest";
import { answerOf, requestOf, stateOf } from "../../src/forms/request";

const REQUEST = {
  type: "form_request",
  template: "t",
  name: "Order",
  fields: [{ key: "size", label: "Size", type: "text" }],
};
const ANSWER = { type: "form_answer", template: "t", name: "Order", values: [{ key: "a", label: "A", value: ["x"] }] };

describe("content of a message", () => {
  test("is a request with its defaults", () => {
    expect(requestOf(REQUEST)).toMatchObject({ description: "", expires_at: null, state: "open" });
    expect(requestOf({ ...REQUEST, expires_at: 5, state: "expired" })).toMatchObject({
      expires_at: 5,
      state: "expired",
    });
  });

  test("is an answer with its defaults", () => {
    expect(answerOf(ANSWER)).toMatchObject({ request: null, version: 1, removed: false });
  });

  test.each([null, undefined, {}, { type: "poll" }, { ...REQUEST, name: 5 }, { ...REQUEST, fields: [null] }, ANSWER])(
    "%j is no request",
    (content) => expect(requestOf(content)).toBeNull(),
  );

  test.each([null, undefined, {}, REQUEST, { ...ANSWER, values: 1 }, { ...ANSWER, values: [{ value: { a: 1 } }] }])(
    "%j is no answer",
    (content) => expect(answerOf(content)).toBeNull(),
  );
});

test.each([
  ["open", null, "open"],
  ["open", 2_000, "open"],
  ["open", 1_000, "expired"], // before the server has said so
  ["filling", 1_000, "expired"],
  ["filling", null, "filling"],
  ["answered", 500, "answered"],
  ["cancelled", 500, "cancelled"],
  ["expired", 9_000, "expired"],
  ["later word", null, "open"],
])("said %s, expires at %s: %s", (said, expires_at, state) => expect(stateOf(said, expires_at, 1_000)).toBe(state));
