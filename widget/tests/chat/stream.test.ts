/** The pure reducer of the assistant's running turns. */

import { describe, expect, test } from "vitest";
import {
  afterAnswer,
  afterAsking,
  afterStreamFrame,
  dueFirst,
  finished,
  isStopped,
  NO_STREAMS,
  SILENCE,
  turnOf,
  type StreamFrame,
  type Streams,
} from "../../src/chat/stream";

const C = "0198f3a2-b4c5-7004-8004-0000000000ff";
const T = "0198f3a2-b4c5-7007-8007-000000000001";
const NEXT = "0198f3a2-b4c5-7007-8007-000000000002";
const M = "0198f3a2-b4c5-7006-8006-000000000002";
const ASSISTANT = { party: "assistant", id: C, name: "Aria" };

const start = (turn = T): StreamFrame => ({
  type: "streamstart",
  conversation: C,
  turn,
  author: ASSISTANT,
  intent: null,
});
const status = (stage: string, turn = T): StreamFrame => ({ type: "streamstatus", conversation: C, turn, stage });
const end = (message: string | null = M, turn = T): StreamFrame => ({
  type: "streamend",
  conversation: C,
  turn,
  message,
  seq: 2,
});
const stopped = (message: string | null, turn = T): StreamFrame => ({
  type: "streamstopped",
  conversation: C,
  turn,
  by: "visitor",
  message,
});
const failed = (turn = T): StreamFrame => ({
  type: "streamfailed",
  conversation: C,
  turn,
  code: "timeout",
  retryable: true,
});
const token = (n: number, offset: number, text: string, turn = T): StreamFrame => ({
  type: "streamtoken",
  conversation: C,
  turn,
  n,
  offset,
  text,
});

const WORDS = ["Hello", ", ", "how ", "can ", "I ", "help", "?"];
const TEXT = WORDS.join("");
/** The tokens of WORDS; offsets are in code points. */
const tokens = (turn = T) => WORDS.map((word, n) => token(n, WORDS.slice(0, n).join("").length, word, turn));

/** The state after frames that came 1 ms apart. */
const after = (state: Streams, ...frames: readonly StreamFrame[]) =>
  frames.reduce((held, frame, at) => afterStreamFrame(held, frame, at), state);
const textOf = (state: Streams) => state.turns.map(({ text }) => text);

/** The same random numbers in each run: mulberry32. */
function randomly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const left = [...items];
  const out: Item[] = [];
  while (left.length) out.push(...left.splice(Math.floor(random() * left.length), 1));
  return out;
}

describe("the text of a turn", () => {
  test("grows token by token, and says what the assistant does before", () => {
    const begun = after(NO_STREAMS, start(), status("searching"));
    expect(begun.turns[0]).toMatchObject({ author: ASSISTANT, stage: "searching", text: "" });
    expect(textOf(after(begun, ...tokens()))).toEqual([TEXT]);
  });

  test("a token that comes twice is in it once", () => {
    expect(textOf(after(NO_STREAMS, start(), ...tokens(), ...tokens()))).toEqual([TEXT]);
  });

  test("stops at a gap, asks at once, and goes on with what the server answers", () => {
    const [first, , third] = tokens() as [StreamFrame, StreamFrame, StreamFrame];
    const gap = after(NO_STREAMS, start(), first, third);
    expect(textOf(gap)).toEqual(["Hello"]);
    expect(dueFirst(gap)).toMatchObject({ what: "ask", at: Number.NEGATIVE_INFINITY });
    const asked = afterAsking(gap, 10);
    expect(dueFirst(asked)!.at).toBeGreaterThan(10); // once, and not again at the next token
    const filled = after(asked, start(), token(1, 0, "Hello, "));
    expect(textOf(filled)).toEqual(["Hello, how "]);
    expect(dueFirst(filled)).toMatchObject({ what: "ask", at: SILENCE + 10 });
  });

  test("an answer that is older than what is shown takes nothing away", () => {
    const state = after(NO_STREAMS, start(), ...tokens());
    expect(textOf(after(state, start(), token(2, 0, "Hello, how ")))).toEqual([TEXT]);
  });

  test("begins with the answer, if the turn began before we came", () => {
    const state = after(NO_STREAMS, start(), token(4, 0, "Hello, how can I "), token(5, 17, "help"));
    expect(textOf(state)).toEqual(["Hello, how can I help"]);
  });
});

describe("the end of a turn", () => {
  const running = after(NO_STREAMS, start(), ...tokens());

  test("keeps the text until the message is there, and fetches it after five seconds", () => {
    const over = afterStreamFrame(running, end(), 100);
    expect(textOf(over)).toEqual([TEXT]);
    expect(dueFirst(over)).toEqual({ turn: T, what: "fetch", at: 100 + SILENCE });
    expect(finished(over, T).turns).toEqual([]);
  });

  test("after the message is ignored, as is all that follows", () => {
    const done = finished(running, T);
    for (const frame of [start(), ...tokens(), status("writing"), end(), stopped(M), failed()])
      expect(afterStreamFrame(done, frame, 1)).toBe(done);
  });

  test.each([
    ["a failure", failed()],
    ["an end without a message", end(null)],
    ["a person who speaks", stopped(null)],
  ])("%s removes the text at once", (_, frame) => {
    expect(afterStreamFrame(running, frame, 1)).toEqual({ turns: [], past: [T] });
  });

  test("a stop that keeps what was said keeps it on screen until its message is there", () => {
    expect(textOf(afterStreamFrame(running, stopped(M), 1))).toEqual([TEXT]);
  });

  test("that was missed shows when the next turn begins", () => {
    const both = after(running, start(NEXT), token(0, 0, "Yes", NEXT));
    expect(textOf(both)).toEqual([TEXT, "Yes"]);
    expect(dueFirst(both)).toMatchObject({ turn: T, what: "fetch" });
    expect(textOf(finished(both, T))).toEqual(["Yes"]);
  });

  test("that was missed shows when the server speaks of no turn", () => {
    const asked = afterAsking(running, 6_000);
    expect(textOf(afterAnswer(asked))).toEqual([]);
    expect(textOf(afterAnswer(afterStreamFrame(asked, start(), 6_001)))).toEqual([TEXT]);
    const over = afterStreamFrame(running, end(), 1);
    expect(afterAnswer(afterAsking(over, 2))).toEqual(over); // its message is on the way
  });
});

test("a turn without a frame for five seconds is asked for, and again five seconds later", () => {
  const state = afterStreamFrame(NO_STREAMS, start(), 1_000);
  expect(dueFirst(state)).toEqual({ turn: T, what: "ask", at: 1_000 + SILENCE });
  expect(dueFirst(afterAsking(state, 6_000))).toEqual({ turn: T, what: "ask", at: 6_000 + SILENCE });
  expect(dueFirst(NO_STREAMS)).toBeNull();
});

test("a message knows its turn, and whether a person stopped it", () => {
  expect(turnOf({ type: "assistant_turn", turn: T })).toBe(T);
  expect(turnOf({ type: "form_request" })).toBeNull();
  expect(turnOf(null)).toBeNull();
  expect(isStopped({ type: "assistant_turn", turn: T, stopped: true })).toBe(true);
  expect(isStopped({ type: "assistant_turn", turn: T })).toBe(false);
  expect(isStopped({ type: "other", stopped: true })).toBe(false);
});

describe("in any order", () => {
  test("the tokens of a turn make its text, without asking", () => {
    for (let seed = 0; seed < 500; seed++) {
      const frames = shuffled([start(), status("writing"), ...tokens(), ...tokens().slice(2, 4)], randomly(seed));
      const state = after(NO_STREAMS, ...frames);
      expect(textOf(state), `seed ${seed}`).toEqual([TEXT]);
      expect(state.turns[0]!.later).toEqual({});
    }
  });

  test("nothing stays after an end and a message, and never is anything shown but the beginning of the text", () => {
    for (let seed = 0; seed < 1_000; seed++) {
      const random = randomly(seed);
      const terminal = [end(), end(null), stopped(M), stopped(null), failed()][Math.floor(random() * 5)]!;
      const lost = tokens().filter(() => random() < 0.8);
      const frames = shuffled([start(), status("writing"), ...lost, terminal, "message" as const], random);
      let state = NO_STREAMS;
      for (const [at, frame] of frames.entries()) {
        state = frame === "message" ? finished(state, T) : afterStreamFrame(state, frame, at);
        for (const text of textOf(state)) expect(TEXT.startsWith(text), `seed ${seed}: ${text}`).toBe(true);
      }
      expect(state.turns, `seed ${seed}`).toEqual([]);
    }
  });

  test("an answer in the middle of lost and shuffled tokens leads to the text", () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = randomly(seed);
      const cut = Math.floor(random() * (WORDS.length - 1));
      const before = shuffled(tokens().slice(0, cut), random).filter(() => random() < 0.5);
      const answer = [start(), token(cut, 0, WORDS.slice(0, cut + 1).join(""))];
      const late = shuffled(tokens().slice(cut), random); // of which the first is in the answer too
      const state = after(NO_STREAMS, start(), ...before, ...answer, ...late);
      expect(textOf(state), `seed ${seed}`).toEqual([TEXT]);
    }
  });

  test("two turns do not mix", () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = randomly(seed);
      const frames = shuffled([...tokens(), ...tokens(NEXT).map((one) => ({ ...one, turn: NEXT }))], random);
      expect(textOf(after(NO_STREAMS, ...frames)), `seed ${seed}`).toEqual([TEXT, TEXT]);
    }
  });
});
