/** The pure reducer of a copilot session: tokens, exactly one end, resuming, refusals, and what REST adds. */

import { describe, expect, test } from "vitest";

import { SILENCE } from "../../../src/chat/stream";
import type { Message } from "../../../src/dashboard/copilot/model/rest";
import {
  EMPTY,
  MAX_TRIES,
  reduceSession,
  RESEND,
  type SessionAction,
  type SessionEffect,
  type SessionState,
} from "../../../src/dashboard/copilot/model/session";
import type { CopilotFrame } from "../../../src/dashboard/copilot/model/stream";

const S = "0198f3a2-b4c5-7004-8004-0000000000ff";
const T = "0198f3a2-b4c5-7007-8007-000000000001";
const M1 = "0198f3a2-b4c5-7006-8006-000000000001";
const M2 = "0198f3a2-b4c5-7006-8006-000000000002";
const DRAFT = "0198f3a2-b4c5-7008-8008-000000000001";
const REF = "0198f3a2-b4c5-7005-8005-000000000001";

const WORDS = ["Chào ", "bạn, ", "mình ", "👋 ", "giúp ", "gì?"];
const TEXT = WORDS.join("");
const lengthOf = (text: string) => [...text].length;
const QUESTION = { text: "Suggest a reply", intent: "draft_reply" } as const;

const asked = (waiting = false): CopilotFrame => ({
  type: "copilotasked",
  session: S,
  ref: REF,
  message: M1,
  number: 1,
  at: 5,
  waiting,
});
const start = (): CopilotFrame => ({ type: "copilotstart", session: S, turn: T, number: 1, intent: "draft_reply" });
const token = (n: number, offset: number, text: string): CopilotFrame => ({
  type: "copilottoken",
  session: S,
  turn: T,
  n,
  offset,
  text,
});
const tokens = WORDS.map((word, n) => token(n, lengthOf(WORDS.slice(0, n).join("")), word));
const end = (): CopilotFrame => ({ type: "copilotend", session: S, turn: T, message: M2, number: 2 });
const social = (): CopilotFrame => ({
  type: "socialgenerated",
  session: S,
  turn: T,
  message: M2,
  number: 2,
  draft: DRAFT,
  version: 1,
  social: { posts: {}, warnings: [] },
});
const stopped = (message: string | null = M2): CopilotFrame => ({
  type: "copilotstopped",
  session: S,
  turn: T,
  message,
  number: message === null ? 0 : 2,
});
const failed = (code = "budget"): CopilotFrame => ({
  type: "copilotfailed",
  session: S,
  turn: T,
  code,
  retryable: code !== "budget",
});
const ENDS = { end: end(), social: social(), stopped: stopped(), failed: failed() };

const question = (fields: Partial<Message> = {}): Message => ({
  number: 1,
  id: M1,
  ref: REF,
  turn: T,
  role: "agent",
  intent: "draft_reply",
  state: "done",
  text: QUESTION.text,
  about: null,
  into: "",
  tone: "",
  draft: null,
  at: 5,
  ...fields,
});
const answer = (fields: Partial<Message> = {}): Message =>
  question({ number: 2, id: M2, ref: null, role: "copilot", text: TEXT, ...fields });

interface Run {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect["type"][]; // of all actions
}

function run(state: SessionState, ...given: readonly (SessionAction | CopilotFrame)[]): Run {
  const effects: SessionEffect["type"][] = [];
  let next = state;
  for (const one of given) {
    const action: SessionAction = "session" in one ? { type: "frame", frame: one, now: 0 } : (one as SessionAction);
    const step = reduceSession(next, action);
    next = step.state;
    effects.push(...step.effects.map(({ type }) => type));
  }
  return { state: next, effects };
}

const page = (items: readonly Message[], now = 0): SessionAction => ({
  type: "page",
  items,
  next_cursor: null,
  where: "latest",
  now,
});
const ask: SessionAction = { type: "ask", ref: REF, question: QUESTION, at: 5, now: 0 };
const ready = run(EMPTY, page([]), ask, asked()).state;
const shown = (state: SessionState) => state.streams.turns.map(({ text }) => text);
const answers = (state: SessionState) => state.messages.filter(({ role }) => role === "copilot");

describe("a question", () => {
  test("is sent, and becomes a message of the session once it is stored", () => {
    const { state, effects } = run(EMPTY, page([]), ask);
    expect(effects).toEqual(["send"]);
    expect(state.asked).toHaveLength(1);
    const after = run(state, asked(true)).state;
    expect(after.asked).toEqual([]);
    expect(after.messages).toEqual([question({ turn: null, state: "waiting" })]);
  });

  test("is sent again with the same ref until there is an answer, and after a reconnect", () => {
    const { state } = run(EMPTY, page([]), ask);
    expect(run(state, { type: "tick", now: RESEND - 1 }).effects).toEqual([]);
    const step = reduceSession(state, { type: "tick", now: RESEND });
    expect(step.effects).toEqual([{ type: "send", asked: expect.objectContaining({ ref: REF }) }]);
    expect(run(state, { type: "live", now: 1 }).effects).toEqual(["fetch", "get", "send"]);
  });

  test("that is refused as busy is sent again after the time that the server names, a few times", () => {
    const busy: SessionAction = { type: "refused", ref: REF, code: "busy", temporary: true, wait: 500, now: 0 };
    const once = run(EMPTY, page([]), ask, busy).state;
    expect(once.asked[0]).toMatchObject({ refused: null, next: 500, tries: 1 });
    expect(run(once, { type: "tick", now: 500 }).effects).toEqual(["send"]);
    const often = run(EMPTY, page([]), ask, ...Array<SessionAction>(MAX_TRIES).fill(busy)).state;
    expect(often.asked[0]?.refused).toBe("busy");
    expect(run(often, { type: "tick", now: 99_999 }).effects).toEqual([]);
    const again = run(often, { type: "again", ref: REF, now: 0 });
    expect(again.effects).toEqual(["send"]);
    expect(again.state.asked[0]).toMatchObject({ refused: null, question: QUESTION });
  });

  test("that is refused for good keeps its text until the agent discards it", () => {
    const refusal: SessionAction = { type: "refused", ref: REF, code: "not_found", temporary: false, wait: 0, now: 0 };
    const { state } = run(EMPTY, page([]), ask, refusal);
    expect(state.asked[0]).toMatchObject({ refused: "not_found", question: QUESTION });
    expect(run(state, { type: "forget", ref: REF }).state.asked).toEqual([]);
  });

  test("of another tab is read from REST", () => {
    expect(run(EMPTY, page([]), asked()).effects).toEqual(["fetch"]);
  });
});

describe("a turn", () => {
  test("grows token by token, and its answer is what was streamed", () => {
    let state = run(ready, start()).state;
    for (const [n, one] of tokens.entries()) {
      state = run(state, one).state;
      expect(shown(state)).toEqual([WORDS.slice(0, n + 1).join("")]);
    }
    const over = run(state, end());
    expect(over.effects).toEqual(["fetch"]);
    expect(shown(over.state)).toEqual([]);
    expect(over.state.messages).toEqual([question(), answer()]);
  });

  test("dropped after token k shows the same text for every k, whatever comes twice", () => {
    for (let k = 0; k <= WORDS.length; k++) {
      for (let rest = k; rest <= WORDS.length; rest++) {
        // The connection is lost after k tokens; the server has said `rest` of them when it is back.
        const before = run(ready, start(), ...tokens.slice(0, k)).state;
        const text = WORDS.slice(0, rest).join("");
        const so_far = rest === 0 ? [] : [token(rest - 1, 0, text)];
        const back = run(before, { type: "live", now: 1 }, start(), ...so_far, { type: "answered" });
        expect(back.effects.slice(0, 2)).toEqual(["fetch", "get"]);
        expect(shown(back.state)).toEqual([text]);
        const over = run(back.state, ...tokens.slice(Math.max(0, rest - 1)), end()).state;
        expect(shown(over)).toEqual([]);
        expect(answers(over)).toEqual([answer()]);
      }
    }
  });

  test("that ended while the connection was away is read from REST", () => {
    const before = run(ready, start(), tokens[0]!).state;
    const back = run(before, { type: "live", now: 1 }, { type: "answered" });
    expect(back.effects).toEqual(["fetch", "get", "fetch"]);
    expect(shown(back.state)).toEqual([]);
    expect(run(back.state, page([question(), answer()])).state.messages).toEqual([question(), answer()]);
  });

  test("with a lost token asks for what was said, and never shows a text with a hole", () => {
    const { state } = run(ready, start(), tokens[0]!, tokens[2]!);
    expect(shown(state)).toEqual([WORDS[0]]);
    expect(run(state, { type: "tick", now: 10 }).effects).toEqual(["get"]);
    const over = run(state, end());
    expect(answers(over.state)).toEqual([]);
    expect(over.effects).toEqual(["fetch"]);
    expect(answers(run(over.state, page([question(), answer()])).state)).toEqual([answer()]);
  });

  test.each(Object.entries(ENDS))("has exactly one end: after %s no other changes anything", (_, first) => {
    const over = run(ready, start(), ...tokens, first).state;
    for (const second of Object.values(ENDS)) {
      const again = run(over, second);
      expect(again.state).toBe(over);
      expect(again.effects).toEqual([]);
    }
    expect(run(over, tokens[2]!).state).toBe(over);
  });

  test("that is stopped keeps what was said; stopped before its first word it leaves nothing", () => {
    const kept = run(ready, start(), tokens[0]!, stopped()).state;
    expect(answers(kept)).toEqual([answer({ text: WORDS[0]!, state: "stopped" })]);
    expect(kept.messages[0]?.state).toBe("stopped");
    const nothing = run(ready, start(), stopped(null)).state;
    expect(answers(nothing)).toEqual([]);
    expect(nothing.messages[0]?.state).toBe("stopped");
  });

  test("that fails says why at its question", () => {
    const { state } = run(ready, start(), failed("provider_unavailable"));
    expect(state.messages[0]?.state).toBe("failed");
    expect(state.failures).toEqual({ 1: { code: "provider_unavailable", retryable: true } });
  });

  test("that makes posts names their draft", () => {
    const { state, effects } = run(ready, start(), token(0, 0, "[x]"), social());
    expect(answers(state)[0]?.draft).toBe(DRAFT);
    expect(effects).toEqual(["fetch"]);
  });

  test("that says nothing for a while is asked for, also if its first frames were lost", () => {
    expect(run(ready, { type: "tick", now: SILENCE }).effects).toEqual(["get", "fetch"]);
    const { state } = run(ready, start(), tokens[0]!);
    expect(run(state, { type: "tick", now: SILENCE - 1 }).effects).toEqual([]);
    expect(run(state, { type: "tick", now: SILENCE }).effects).toEqual(["get"]);
  });

  test("that runs when the page is loaded is resumed", () => {
    const { state, effects } = run(EMPTY, page([question({ state: "running" })]));
    expect(effects).toEqual(["get"]);
    const back = run(state, start(), token(2, 0, WORDS.slice(0, 3).join("")), { type: "answered" }).state;
    expect(shown(back)).toEqual([WORDS.slice(0, 3).join("")]);
  });
});

describe("a page of REST", () => {
  const many = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, at) => question({ number: from + at, id: `m${from + at}`, ref: null }));

  test("that is older than the frame of the end does not undo the end", () => {
    const over = run(ready, start(), ...tokens, end()).state;
    expect(run(over, page([question({ state: "running" })])).state.messages).toEqual([question(), answer()]);
  });

  test("with older messages is put before, without a gap and nothing twice", () => {
    const { state } = run(EMPTY, { type: "page", items: many(51, 100), next_cursor: "50", where: "latest", now: 0 });
    expect(state.older).toBe("50");
    const all = run(state, { type: "page", items: many(1, 50), next_cursor: null, where: "older", now: 0 }).state;
    expect(all.messages.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    expect(all.older).toBeNull();
  });

  test("that begins behind what is known replaces it, so that there is no hole", () => {
    const state = run(EMPTY, page(many(1, 3))).state;
    const fresh = run(state, { type: "page", items: many(10, 12), next_cursor: "50", where: "latest", now: 0 }).state;
    expect(fresh.messages.map(({ number }) => number)).toEqual([10, 11, 12]);
    expect(fresh.older).toBe("50");
  });

  test("takes over a question of this page whose answer was lost", () => {
    const { state } = run(EMPTY, page([]), ask, page([question()]));
    expect(state.asked).toEqual([]);
    expect(state.messages).toEqual([question()]);
  });
});
