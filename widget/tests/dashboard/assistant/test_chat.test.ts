/** The test chat: what is shown, what the author may play, and what is sent. */

import { describe, expect, it } from "vitest";

import type { Effect } from "../../../src/dashboard/settings/assistant/api";
import type { TestChat as TestReply } from "../../../src/rest/types";
import {
  answered,
  calling,
  isQuiet,
  NEW_CHAT,
  parametersOf,
  played,
  playOf,
  wrote,
} from "../../../src/dashboard/settings/assistant/model/test_chat";

function reply(effect: Effect, steps: TestReply["steps"] = []): TestReply {
  return { state: "s", effect, steps, node: "at", variables: {}, text: "", over: false };
}

const ROUTE = {
  name: "route",
  description: "",
  parameters: { properties: { path: { enum: ["yes", "no"] } }, required: ["path"] },
};
const ASK: Effect = {
  type: "ask",
  node: "refund",
  instruction: "A refund?",
  tools: [ROUTE],
  required: true,
  strict: false,
  whole: false,
  intent: "",
  passages: [],
};

describe("the chat", () => {
  it("shows each step of a turn once, and not the effects that are counted as steps", () => {
    const effect = { node: "refund", kind: "effect", outcome: "ask" };
    const route = { node: "refund", kind: "route", outcome: "yes" };
    let chat = answered(wrote(NEW_CHAT, "hello"), reply(ASK, [effect]));
    chat = answered(
      played(chat, calling("route", { path: "yes" })),
      reply({ type: "say", text: "Hi" }, [effect, route]),
    );
    chat = answered(chat, reply({ type: "wait" }, [effect, route]));
    expect(chat.entries.map(({ type }) => type)).toEqual(["visitor", "played", "step", "assistant", "over"]);
  });

  it("is at the node of the effect, and lets the visitor write when the turn is over", () => {
    const asked = answered(wrote(NEW_CHAT, "hello"), reply(ASK));
    expect(asked.node).toBe("refund");
    expect(isQuiet(asked)).toBe(false);
    expect(isQuiet(answered(asked, reply({ type: "end" })))).toBe(true);
    expect(isQuiet(NEW_CHAT)).toBe(true);
  });

  it("begins a turn with no steps, so that those of the next one are shown", () => {
    const step = { node: "a", kind: "speak", outcome: "text" };
    const first = answered(wrote(NEW_CHAT, "one"), reply({ type: "wait" }, [step]));
    const second = answered(wrote(first, "two"), reply({ type: "wait" }, [step]));
    expect(second.entries.filter(({ type }) => type === "step")).toHaveLength(2);
  });
});

describe("what the author plays", () => {
  const ask = (fields: object) => playOf({ ...ASK, ...fields } as Extract<Effect, { type: "ask" }>);

  it("is a choice at a condition or switch", () => {
    expect(ask({})).toEqual({ type: "choose", tool: "route", argument: "path", choices: ["yes", "no"] });
  });

  it("is a call where a tool is required", () => {
    const collect = { name: "collect", description: "", parameters: { properties: { value: { type: "string" } } } };
    expect(ask({ tools: [collect] })).toEqual({ type: "call", offer: collect });
  });

  it("is text, with the tools that may be called, where the model answers", () => {
    expect(ask({ tools: [ROUTE], required: false })).toEqual({ type: "speak", offers: [ROUTE] });
    expect(ask({ tools: [] })).toEqual({ type: "speak", offers: [] });
  });

  it("is a call also where the one parameter of an action has choices", () => {
    const form = { ...ROUTE, name: "send_form" };
    expect(ask({ tools: [form] }).type).toBe("call");
  });

  it("has the parameters of the tool's schema", () => {
    expect(parametersOf(ROUTE)).toEqual([{ name: "path", choices: ["yes", "no"], required: true }]);
    expect(parametersOf({ name: "x", description: "", parameters: {} })).toEqual([]);
  });

  it("sends arguments as a provider does, JSON in a string", () => {
    expect(calling("route", { path: "no" })).toEqual({
      type: "replied",
      text: "",
      calls: [{ name: "route", arguments: '{"path":"no"}' }],
    });
  });
});
