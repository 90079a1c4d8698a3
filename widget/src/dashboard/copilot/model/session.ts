/** One session of the copilot: its messages from REST, what was asked here, and the turn that runs. Pure. */

import { afterAnswer, afterAsking, dueFirst, finished, NO_STREAMS, SILENCE, type Streams } from "../../../chat/stream";
import type { Id, Intent, Message } from "./rest";
import { afterTurnFrame, type CopilotFrame, isOver, type TurnFrame } from "./stream";

export const RESEND = 8_000; // ms without an answer until the same question is sent again
export const MAX_TRIES = 4; // of one question that is refused as busy

/** What can be asked. */
export interface Question {
  readonly text: string;
  readonly intent: Intent | null; // null: the server finds it out
  readonly draft?: Id | null;
  readonly about?: Id | null;
  readonly into?: string;
  readonly tone?: string;
}

/** A question of this page that is not known to be stored. */
export interface Asked {
  readonly ref: Id;
  readonly question: Question;
  readonly at: number; // of the wall clock
  readonly next: number; // ms of a monotonic clock: when it is sent again
  readonly tries: number; // how often it was refused as busy
  readonly refused: string | null; // why it was not taken, for good
}

export interface Failure {
  readonly code: string;
  readonly retryable: boolean;
}

/** A turn that runs answers the question `number`. */
export interface Running {
  readonly number: number;
  readonly intent: string;
}

export interface SessionState {
  readonly messages: readonly Message[]; // by number
  readonly loaded: boolean;
  readonly problem: boolean; // it could not be loaded
  readonly older: string | null; // REST has more before the first, from this cursor
  readonly asked: readonly Asked[];
  readonly streams: Streams;
  readonly running: Readonly<Record<Id, Running>>; // by turn
  readonly failures: Readonly<Record<number, Failure>>; // by the question's number
  readonly looked: number; // ms of a monotonic clock: when the server was asked for the turn last
}

export const EMPTY: SessionState = {
  messages: [],
  loaded: false,
  problem: false,
  older: null,
  asked: [],
  streams: NO_STREAMS,
  running: {},
  failures: {},
  looked: Number.NEGATIVE_INFINITY,
};

export type SessionAction =
  | { readonly type: "frame"; readonly frame: CopilotFrame; readonly now: number }
  | {
      readonly type: "page";
      readonly items: readonly Message[];
      readonly next_cursor: string | null;
      readonly where: "latest" | "older";
      readonly now: number;
    }
  | { readonly type: "page failed" }
  | { readonly type: "ask"; readonly ref: Id; readonly question: Question; readonly at: number; readonly now: number }
  | {
      readonly type: "refused";
      readonly ref: Id;
      readonly code: string;
      readonly temporary: boolean;
      readonly wait: number; // ms
      readonly now: number;
    }
  | { readonly type: "again"; readonly ref: Id; readonly now: number }
  | { readonly type: "forget"; readonly ref: Id }
  | { readonly type: "live"; readonly now: number }
  | { readonly type: "answered" } // all was sent that there was to a `copilotget`
  | { readonly type: "tick"; readonly now: number };

export type SessionEffect =
  | { readonly type: "fetch" } // the latest messages
  | { readonly type: "get" } // what the running turn has said so far
  | { readonly type: "send"; readonly asked: Asked };

export interface SessionStep {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

const FETCH: SessionEffect = { type: "fetch" };
const GET: SessionEffect = { type: "get" };

export function reduceSession(state: SessionState, action: SessionAction): SessionStep {
  switch (action.type) {
    case "frame":
      return action.frame.type === "copilotasked"
        ? stored(state, action.frame)
        : streamed(state, action.frame, action.now);
    case "page":
      return paged(state, action.items, action.next_cursor, action.where, action.now);
    case "page failed":
      return step({ ...state, problem: true });
    case "ask": {
      const { ref, question, at, now } = action;
      const asked: Asked = { ref, question, at, next: now + RESEND, tries: 0, refused: null };
      return step({ ...state, asked: [...state.asked, asked] }, { type: "send", asked });
    }
    case "refused":
      return step({ ...state, asked: state.asked.map((one) => (one.ref === action.ref ? refused(one, action) : one)) });
    case "again": {
      const found = state.asked.find(({ ref }) => ref === action.ref);
      if (found === undefined) return step(state);
      const asked = { ...found, refused: null, tries: 0, next: action.now + RESEND };
      return step(put(state, asked), { type: "send", asked });
    }
    case "forget":
      return step({ ...state, asked: state.asked.filter(({ ref }) => ref !== action.ref) });
    case "live":
      return resumed(state, action.now);
    case "answered": {
      const streams = afterAnswer(state.streams);
      return streams === state.streams ? step(state) : step({ ...state, streams }, FETCH);
    }
    case "tick":
      return ticked(state, action.now);
    default:
      return never(action);
  }
}

/** The question that a turn answers; undefined: it is not loaded. */
export function questionOf(state: SessionState, answer: Message): Message | undefined {
  const { turn } = answer;
  return turn === null ? undefined : state.messages.find((one) => one.role === "agent" && one.turn === turn);
}

export function isPending({ state }: Pick<Message, "state">): boolean {
  return state === "waiting" || state === "running";
}

// ---- frames

function stored(state: SessionState, frame: Extract<CopilotFrame, { type: "copilotasked" }>): SessionStep {
  const { ref, message: id, number, at, waiting } = frame;
  const found = state.asked.find((one) => one.ref === ref);
  const asked = state.asked.filter((one) => one.ref !== ref);
  const known = state.messages.some((one) => one.number === number);
  if (known) return step(asked.length === state.asked.length ? state : { ...state, asked });
  if (found === undefined) return step(state, FETCH); // another tab has asked
  const { text, intent, about = null, into = "", tone = "", draft = null } = found.question;
  const message: Message = {
    number,
    id,
    ref,
    turn: null,
    role: "agent",
    intent: intent ?? "",
    state: waiting ? "waiting" : "running",
    text,
    about,
    into,
    tone,
    draft,
    at,
  };
  return step({ ...state, asked, messages: merged(state.messages, [message]) });
}

function streamed(state: SessionState, frame: TurnFrame, now: number): SessionStep {
  if (isOver(state.streams, frame.turn)) return step(state); // exactly one end: what follows it says nothing
  const streams = afterTurnFrame(state.streams, frame, now);
  const next: SessionState = { ...state, streams };
  switch (frame.type) {
    case "copilotstart": {
      const { number, intent, turn } = frame;
      const messages = state.messages.map((one) =>
        one.number === number ? { ...one, turn, intent, state: "running" } : one,
      );
      const missing = state.loaded && !messages.some((one) => one.number === number);
      const running = { ...state.running, [turn]: { number, intent } };
      return step({ ...next, messages, running }, ...(missing ? [FETCH] : []));
    }
    case "copilotstatus":
    case "copilottoken":
      return step(next);
    case "copilotend":
    case "socialgenerated":
      return step(answered(ended(next, frame.turn, "done"), state.streams, frame), FETCH);
    case "copilotstopped": {
      const over = ended(next, frame.turn, "stopped");
      return frame.message === null ? step(over) : step(answered(over, state.streams, frame), FETCH);
    }
    case "copilotfailed": {
      const number = state.running[frame.turn]?.number;
      const over = ended(next, frame.turn, "failed");
      if (number === undefined) return step(over, FETCH);
      const failure = { code: frame.code, retryable: frame.retryable };
      return step({ ...over, failures: { ...over.failures, [number]: failure } }, FETCH);
    }
    default:
      return never(frame);
  }
}

/** The question of the turn has come to its end. */
function ended(state: SessionState, turn: Id, how: "done" | "stopped" | "failed"): SessionState {
  const { [turn]: question, ...running } = state.running;
  const messages = state.messages.map((one) =>
    one.role === "agent" && (one.turn === turn || one.number === question?.number) ? { ...one, turn, state: how } : one,
  );
  return { ...state, running, messages };
}

type WithMessage = Extract<TurnFrame, { readonly message: Id | null }>;

/** With the answer as it was streamed, until REST has sent it; not if a part of it is missing. */
function answered(state: SessionState, before: Streams, frame: WithMessage): SessionState {
  const turn = before.turns.find((one) => one.turn === frame.turn);
  const question = state.messages.find((one) => one.role === "agent" && one.turn === frame.turn);
  if (turn === undefined || turn.text === "" || Object.keys(turn.later).length > 0 || frame.message === null)
    return state;
  const message: Message = {
    number: frame.number,
    id: frame.message,
    ref: null,
    turn: frame.turn,
    role: "copilot",
    intent: question?.intent ?? "",
    state: frame.type === "copilotstopped" ? "stopped" : "done",
    text: turn.text,
    about: null,
    into: question?.into ?? "",
    tone: question?.tone ?? "",
    draft: frame.type === "socialgenerated" ? frame.draft : null,
    at: question?.at ?? 0,
  };
  const known = state.messages.some(({ number }) => number === frame.number);
  const messages = known ? state.messages : merged(state.messages, [message]);
  return { ...state, messages, streams: finished(state.streams, frame.turn) };
}

// ---- REST

function paged(
  state: SessionState,
  items: readonly Message[],
  next_cursor: string | null,
  where: "latest" | "older",
  now: number,
): SessionStep {
  const first = items[0]?.number ?? 0;
  const highest = state.messages.at(-1)?.number ?? 0;
  const gap = where === "latest" && state.messages.length > 0 && first > highest + 1;
  const kept = gap ? [] : state.messages;
  const messages = merged(kept, items);
  const refs = new Set(items.map(({ ref }) => ref));
  // A turn whose answer, or whose end without one, is stored is shown no more.
  const over = items.filter(
    ({ role, turn, state: how }) => turn !== null && (role === "copilot" || !isPending({ state: how })),
  );
  const streams = over.reduce((left, { turn }) => (turn === null ? left : finished(left, turn)), state.streams);
  const next: SessionState = {
    ...state,
    messages,
    loaded: true,
    problem: false,
    older: where === "older" || gap || kept.length === 0 ? next_cursor : state.older,
    asked: state.asked.filter(({ ref }) => !refs.has(ref)),
    streams,
  };
  const begins = !state.loaded && messages.some(isPending);
  return begins ? looking(next, now) : step(next);
}

function merged(before: readonly Message[], items: readonly Message[]): readonly Message[] {
  const by_number = new Map(before.map((one) => [one.number, one]));
  for (const one of items) {
    const known = by_number.get(one.number);
    // A response that is older than the frame of the end.
    if (known === undefined || isPending(known) || !isPending(one)) by_number.set(one.number, one);
  }
  return [...by_number.values()].sort((a, b) => a.number - b.number);
}

// ---- time and connection

/** After a reconnect: what was not confirmed is sent again, what was missed is read. */
function resumed(state: SessionState, now: number): SessionStep {
  const asked = state.asked.map((one) => (one.refused === null ? { ...one, next: now + RESEND } : one));
  const sends = asked.filter((one) => one.refused === null).map((one): SessionEffect => ({ type: "send", asked: one }));
  const { state: next, effects } = looking({ ...state, asked }, now);
  return step(next, FETCH, ...effects, ...sends);
}

function looking(state: SessionState, now: number): SessionStep {
  return step({ ...state, looked: now, streams: afterAsking(state.streams, now) }, GET);
}

function ticked(state: SessionState, now: number): SessionStep {
  const due = state.asked.filter((one) => one.refused === null && one.next <= now);
  const asked = state.asked.map((one) => (due.includes(one) ? { ...one, next: now + RESEND } : one));
  const sends = due.map((one): SessionEffect => ({ type: "send", asked: one }));
  let next: SessionState = due.length === 0 ? state : { ...state, asked };
  const first = dueFirst(next.streams);
  if (first !== null && first.at <= now) {
    if (first.what === "ask") {
      const looked = looking(next, now);
      return step(looked.state, ...sends, ...looked.effects);
    }
    next = { ...next, streams: finished(next.streams, first.turn) };
    return step(next, ...sends, FETCH);
  }
  // A question whose turn says nothing: its first frames, or all of them, may be lost.
  const silent = next.streams.turns.length === 0 && next.messages.some(isPending) && now - next.looked >= SILENCE;
  if (!silent) return step(next, ...sends);
  const looked = looking(next, now);
  return step(looked.state, ...sends, ...looked.effects, FETCH);
}

function refused(asked: Asked, action: Extract<SessionAction, { type: "refused" }>): Asked {
  const tries = asked.tries + 1;
  if (action.temporary && tries < MAX_TRIES) return { ...asked, tries, next: action.now + action.wait };
  return { ...asked, tries, refused: action.code };
}

function put(state: SessionState, asked: Asked): SessionState {
  return { ...state, asked: state.asked.map((one) => (one.ref === asked.ref ? asked : one)) };
}

function step(state: SessionState, ...effects: readonly SessionEffect[]): SessionStep {
  return { state, effects };
}

function never(value: never): never {
  throw new Error(`not an action of a session: ${JSON.stringify(value)}`);
}
