/** A test chat: the author writes as the visitor, and plays the model and the tools. What happened, in order. Pure. */

import type { TestChat as TestReply, TestChatStep as TestStep } from "../../../../rest/types";
import type { Effect, Offer, Received } from "../api";

export type Over = Extract<Effect, { readonly type: "wait" | "handoff" | "end" | "fail" }>;

export type Entry =
  | { readonly type: "visitor" | "assistant"; readonly text: string }
  | { readonly type: "step"; readonly step: TestStep }
  | { readonly type: "played"; readonly node: string; readonly received: Received }
  | { readonly type: "over"; readonly effect: Over };

export interface TestChat {
  readonly entries: readonly Entry[];
  readonly state: string | null; // the server's
  readonly effect: Effect | null; // what the author has to play; null or over: the visitor may write
  readonly node: string; // "": none
  readonly turn_steps: readonly TestStep[]; // of this turn
  readonly variables: Readonly<Record<string, string>>;
}

export const NEW_CHAT: TestChat = {
  entries: [],
  state: null,
  effect: null,
  node: "",
  turn_steps: [],
  variables: {},
};

export function isOver(effect: Effect): effect is Over {
  return effect.type === "wait" || effect.type === "handoff" || effect.type === "end" || effect.type === "fail";
}

/** Whether the visitor may write. */
export function isQuiet({ effect }: TestChat): boolean {
  return effect === null || isOver(effect);
}

/** The visitor wrote. */
export function wrote(chat: TestChat, text: string): TestChat {
  return { ...chat, turn_steps: [], effect: null, entries: [...chat.entries, { type: "visitor", text }] };
}

/** The author played the answer to the last effect. */
export function played(chat: TestChat, received: Received): TestChat {
  if (received.type === "said") return chat;
  return { ...chat, entries: [...chat.entries, { type: "played", node: chat.node, received }] };
}

/** The server's next step. Its steps are those of the whole turn. */
export function answered(chat: TestChat, reply: TestReply): TestChat {
  const steps = reply.steps.slice(chat.turn_steps.length).filter(({ kind }) => kind !== "effect");
  const entries: Entry[] = [...chat.entries, ...steps.map((step): Entry => ({ type: "step", step }))];
  if (reply.effect.type === "say") entries.push({ type: "assistant", text: reply.effect.text });
  if (isOver(reply.effect)) entries.push({ type: "over", effect: reply.effect });
  return {
    entries,
    state: reply.state,
    effect: reply.effect,
    node: "node" in reply.effect ? reply.effect.node : reply.node,
    turn_steps: reply.steps,
    variables: reply.variables,
  };
}

/** How the author plays the model's answer at a node. */
export type Play =
  | { readonly type: "choose"; readonly tool: string; readonly argument: string; readonly choices: readonly string[] }
  | { readonly type: "call"; readonly offer: Offer } // that one tool must be called
  | { readonly type: "speak"; readonly offers: readonly Offer[] };

export function playOf({ tools = [], required = false }: Extract<Effect, { readonly type: "ask" }>): Play {
  const [only] = tools;
  if (only === undefined || !required) return { type: "speak", offers: tools };
  const parameters = parametersOf(only);
  const [first] = parameters;
  if (parameters.length === 1 && first !== undefined && first.choices.length > 0 && ROUTING.has(only.name))
    return { type: "choose", tool: only.name, argument: first.name, choices: first.choices };
  return { type: "call", offer: only };
}

const ROUTING = new Set(["route", "switch"]);

export interface Parameter {
  readonly name: string;
  readonly choices: readonly string[]; // empty: any text
  readonly required: boolean;
}

/** The parameters of a tool's JSON schema. */
export function parametersOf({ parameters }: Offer): readonly Parameter[] {
  const properties = parameters["properties"];
  const required = parameters["required"];
  if (typeof properties !== "object" || properties === null) return [];
  return Object.entries(properties).map(([name, schema]) => {
    const allowed: unknown = (schema as { readonly enum?: unknown }).enum;
    return {
      name,
      choices: Array.isArray(allowed) ? allowed.map(String) : [],
      required: Array.isArray(required) && required.includes(name),
    };
  });
}

export function calling(name: string, given: Readonly<Record<string, string>>, text = ""): Received {
  return { type: "replied", text, calls: [{ name, arguments: JSON.stringify(given) }] };
}

export function speaking(text: string): Received {
  return { type: "replied", text, calls: [] };
}
