import { describe, expect, it } from "vitest";

import { containing, indexed, ranked } from "../../src/dashboard/canned_responses/search";
import { tokenAt } from "../../src/dashboard/canned_responses/token";
import { filled, variablesOf } from "../../src/dashboard/canned_responses/variables";
import type { CannedResponse } from "../../src/rest/types";

function response(shortcut: string, content = "", uses = 0, category = ""): CannedResponse {
  return { id: shortcut, shortcut, content, category, version: 1, uses, changed_at: 0, changed_by: null };
}

describe("a shortcut being typed", () => {
  it.each([
    ["/", 1, { start: 0, text: "" }],
    ["/del", 4, { start: 0, text: "del" }],
    ["Hello /del", 10, { start: 6, text: "del" }],
    ["Hello\n/del", 10, { start: 6, text: "del" }],
    ["/del tomorrow", 4, { start: 0, text: "del" }], // the caret is inside the text
    ["/giao-hàng", 10, { start: 0, text: "giao-hàng" }],
  ])("%j at %d", (body, caret, token) => expect(tokenAt(body, caret)).toEqual(token));

  it.each([
    ["and/or", 6],
    ["https://shop.example", 20],
    ["1/2", 3],
    ["//", 2],
    ["/del ", 5],
    ["/del", 0],
    ["", 0],
  ])("is none in %j at %d", (body, caret) => expect(tokenAt(body, caret)).toBeNull());
});

describe("search", () => {
  const all = indexed([
    response("refund", "We refund within seven days."),
    response("delivery", "Within three days.", 2, "Shipping"),
    response("del-late", "Sorry for the delay.", 9),
    response("hoan-tien", "Chúng tôi hoàn tiền; đừng lo."),
    response("model", "Which model do you have?"),
  ]);
  const shortcuts = (typed: string): readonly string[] => ranked(all, typed, 20).map(({ shortcut }) => shortcut);

  it("ranks beginnings first, the most used of equals before the others", () => {
    expect(shortcuts("del")).toEqual(["del-late", "delivery", "model"]);
  });
  it("ranks the exact shortcut before all", () => expect(shortcuts("delivery")[0]).toBe("delivery"));
  it("finds letters in their order", () => expect(shortcuts("dlvr")).toEqual(["delivery"]));
  it("finds words of the text, ignoring case and accents", () => expect(shortcuts("HOÀN")).toEqual(["hoan-tien"]));
  it("offers all of them for nothing typed, and at most as many as asked for", () => {
    expect(shortcuts("")).toHaveLength(5);
    expect(ranked(all, "", 2)).toHaveLength(2);
  });
  it("of a list needs all words, in any order", () => {
    expect(containing(all, "dung hoan").map(({ shortcut }) => shortcut)).toEqual(["hoan-tien"]);
    expect(containing(all, "shipping refund")).toEqual([]);
  });
});

describe("variables", () => {
  const variables = { "visitor.name": "Lan", "visitor.email": "", "agent.name": "Mai" };

  it.each([
    ["Hello {{visitor.name}}", "Hello Lan"],
    ["Hello {{ visitor.name | there }}", "Hello Lan"],
    ["Mail {{visitor.email|us}}", "Mail us"],
    ["Mail {{visitor.email}}!", "Mail !"],
    ["{{visitor.plan|your plan}}", "your plan"],
    ["{{visitor.plan}}", "{{visitor.plan}}"], // unknown: the agent sees it
    ["{{toString}} {{__proto__}}", "{{toString}} {{__proto__}}"],
    ["{{visitor.name|{{agent.name}}}}", "{{visitor.name|Mai}}"],
    ["{ {visitor.name} } {{}} {{|x}}", "{ {visitor.name} } {{}} {{|x}}"],
  ])("of %j", (content, text) => expect(filled(content, variables)).toBe(text));

  it("do not fill in what a value contains", () => {
    expect(filled("{{visitor.name}}", { "visitor.name": "{{agent.name}} $& $1", "agent.name": "Mai" })).toBe(
      "{{agent.name}} $& $1",
    );
  });
  it("know what the page has said, and no name for an anonymous visitor", () => {
    const id = "0198f3a2-b4c5-7001-8001-0000000000ff";
    const known = variablesOf({ id, name: "Visitor #0000ff" }, { plan: "pro", vip: true, name: "x" }, "Mai", "Shop");
    expect(filled("{{visitor.name|there}} {{visitor.plan}} {{visitor.vip}}", known)).toBe("there pro true");
    expect(filled("{{agent.name}} of {{project.name}}", known)).toBe("Mai of Shop");
  });
});
