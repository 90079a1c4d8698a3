/** Hop 9: what the assistant says in its running turn, from the frames of the stream. Pure, for both faces. Frames may be
 *  lost and come in any order; the message of a turn is final, and replaces what was streamed. */

import type { Content, Id, Person, ServerFrame } from "../wire/frames";

export const SILENCE = 5_000; // ms without a frame of a running turn, or with its end and without its message
const ASK_AGAIN = 1_000; // ms between two requests because of a gap
const MAX_LATER = 200; // tokens kept in front of a gap; the answer to our request has those that are dropped
const MAX_PAST = 20;

export type StreamFrame = Extract<ServerFrame, { readonly conversation: Id; readonly turn: Id }>;

export interface Turn {
  readonly turn: Id;
  readonly author: Person | null; // null: the start was missed
  readonly stage: string;
  readonly text: string;
  readonly n: number; // of the next token
  readonly later: Readonly<Record<number, string>>; // tokens behind a gap, by their number
  readonly over: boolean; // it has ended, and its message has not come
  readonly at: number; // ms of a monotonic clock: its last frame
  readonly asked: number; // when we asked for it; -Infinity: never
  readonly heard: boolean; // since then
}

export interface Streams {
  readonly turns: readonly Turn[]; // one that runs, and rarely one that waits for its message
  readonly past: readonly Id[]; // frames of these are ignored
}

export const NO_STREAMS: Streams = { turns: [], past: [] };

export function afterStreamFrame(state: Streams, frame: StreamFrame, now: number): Streams {
  if (state.past.includes(frame.turn)) return state;
  const known = state.turns.find(({ turn }) => turn === frame.turn);
  const held = known ?? begun(frame.turn);
  const heard = { ...held, at: now, heard: true };
  switch (frame.type) {
    case "streamstart": // so every other turn has ended
      return put(known ? state : ended(state, now), { ...heard, author: frame.author });
    case "streamstatus":
      return held.over ? state : put(state, { ...heard, stage: frame.stage });
    case "streamtoken":
      return held.over ? state : put(state, joined(heard, frame.n, frame.offset, frame.text));
    case "streamend":
    case "streamstopped":
      return known && frame.message ? put(state, { ...heard, over: true }) : finished(state, frame.turn);
    case "streamfailed":
      return finished(state, frame.turn);
    default:
      return never(frame, state);
  }
}

/** The turn is shown no more. */
export function finished(state: Streams, turn: Id): Streams {
  if (state.past.includes(turn)) return state;
  return {
    turns: state.turns.filter((one) => one.turn !== turn),
    past: [...state.past, turn].slice(-MAX_PAST),
  };
}

/** The turn that a message is the text of; null: it is of none. */
export function turnOf(content: Content | null | undefined): Id | null {
  return content?.["type"] === "assistant_turn" ? String(content["turn"]) : null;
}

/** Whether a person stopped the assistant before the end of the message. */
export function isStopped(content: Content | null | undefined): boolean {
  return turnOf(content) !== null && content?.["stopped"] === true;
}

/** What to do about a turn, and when: ask the server for what it has said, or fetch its message. */
export interface Due {
  readonly turn: Id;
  readonly what: "ask" | "fetch";
  readonly at: number;
}

/** What is due first; null: nothing runs. */
export function dueFirst({ turns }: Streams): Due | null {
  const all = turns.map(({ turn, over, at, asked, later }): Due => {
    if (over) return { turn, what: "fetch", at: at + SILENCE };
    const gap = Object.keys(later).length > 0;
    return { turn, what: "ask", at: gap ? asked + ASK_AGAIN : Math.max(at, asked) + SILENCE };
  });
  return all.sort((a, b) => a.at - b.at)[0] ?? null;
}

/** We have asked for the running turn. */
export function afterAsking(state: Streams, now: number): Streams {
  return { ...state, turns: state.turns.map((one) => (one.over ? one : { ...one, asked: now, heard: false })) };
}

/** The server has answered: of a turn that it did not speak of we have missed the end. */
export function afterAnswer(state: Streams): Streams {
  return state.turns
    .filter(({ over, heard }) => !over && !heard)
    .reduce((left, { turn }) => finished(left, turn), state);
}

function begun(turn: Id): Turn {
  return {
    turn,
    author: null,
    stage: "thinking",
    text: "",
    n: 0,
    later: {},
    over: false,
    at: 0,
    asked: Number.NEGATIVE_INFINITY,
    heard: true,
  };
}

/** The turn with one more token; one with offset 0 has all of the text before it. */
function joined(turn: Turn, n: number, offset: number, token: string): Turn {
  if (n < turn.n) return turn; // it came in the answer to our request, or twice
  if (n > turn.n && offset > 0) {
    const later = { ...turn.later, [n]: token };
    return Object.keys(later).length > MAX_LATER ? turn : { ...turn, later };
  }
  let text = offset > 0 ? turn.text + token : token;
  let next = n + 1;
  for (let more = turn.later[next]; more !== undefined; more = turn.later[++next]) text += more;
  const rest = Object.entries(turn.later).filter(([number]) => Number(number) > next);
  return { ...turn, text, n: next, later: Object.fromEntries(rest) };
}

function ended(state: Streams, now: number): Streams {
  return { ...state, turns: state.turns.map((one) => (one.over ? one : { ...one, over: true, at: now })) };
}

function put(state: Streams, turn: Turn): Streams {
  const found = state.turns.some((one) => one.turn === turn.turn);
  const turns = found ? state.turns.map((one) => (one.turn === turn.turn ? turn : one)) : [...state.turns, turn];
  return { ...state, turns };
}

/** Frames of later servers. */
function never(frame: never, state: Streams): Streams {
  void frame;
  return state;
}
