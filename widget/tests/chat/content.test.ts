/** Content of a message: a type of a newer server is no error, and summaries agree with the server's. */

import { describe, expect, test } from "vitest";
import snippets from "../../../tests/unit/core/snippets.json";
import { needsNewer, summaryOf } from "../../src/chat/content";
import type { Content } from "../../src/wire/frames";

describe("a summary is the server's snippet", () => {
  // Python reads the same file: tests/unit/core/test_content.py.
  for (const { name, body, content, snippet } of snippets as unknown as {
    name: string;
    body: string;
    content: Content | null;
    snippet: string;
  }[]) {
    test(name, () => expect((summaryOf(content) ?? body).replace(/\s+/g, " ").trim()).toBe(snippet));
  }
});

test("content of an unknown type, or without one, needs a newer version", () => {
  for (const content of [{ type: "poll" }, { type: 5 }, { lines: [] }, {}]) expect(needsNewer(content)).toBe(true);
});

test("no content needs none, also from a server that does not know content", () => {
  for (const content of [null, undefined]) expect([needsNewer(content), summaryOf(content)]).toEqual([false, null]);
});
