/** Hop 9 for agents: the assistant's running turn in the open conversation. Pure. */

import {
  afterAnswer,
  afterAsking,
  afterStreamFrame,
  dueFirst,
  finished,
  type StreamFrame,
  type Streams,
  turnOf,
} from "../../chat/stream";
import type { Effect, Step } from "../state/actions";
import type { Id, State } from "../state/model";
import { lastSeq, threadOf } from "../state/threads";

export interface StreamAction {
  readonly type: "streamed";
  readonly conversation: Id;
  readonly frame: StreamFrame;
  readonly now: number;
}

/** A frame of the stream. */
export function streamed(state: State, { conversation, frame, now }: StreamAction): Step {
  if (conversation !== state.open) return { state, effects: [] };
  return dueIn(withStreams(state, afterStreamFrame(spoken(state), frame, now)), now);
}

/** The server sends the open conversation's stream from now on: what it has said so far is asked for. */
export function watching(state: State, conversation: Id, now: number): Step {
  const owner = state.entries.get(conversation)?.conversation.owner;
  // Of a row that is not here yet nobody knows.
  if (conversation !== state.open || (state.entries.has(conversation) && owner !== "assistant"))
    return { state, effects: [] };
  return asking(state, conversation, now);
}

/** The server has answered that: a turn that it did not speak of has ended unnoticed. */
export function streamAnswered(state: State, conversation: Id): Step {
  if (conversation !== state.open) return { state, effects: [] };
  const streams = afterAnswer(state.streams);
  return { state: { ...state, streams }, effects: streams === state.streams ? [] : [missing(state, conversation)] };
}

/** What is due after some time without frames. */
export function dueIn(state: State, now: number): Step {
  const due = dueFirst(state.streams);
  if (due === null || due.at > now || state.open === null) return { state, effects: [] };
  if (due.what === "ask") return asking(state, state.open, now);
  return { state: withStreams(state, finished(state.streams, due.turn)), effects: [missing(state, state.open)] };
}

/** The state without the turns whose message is there. */
export function settled(state: State): State {
  return state.streams.turns.length === 0 ? state : withStreams(state, spoken(state));
}

function spoken({ open, threads, streams }: State): Streams {
  const messages = open === null ? undefined : threads.get(open)?.messages;
  return (messages ?? []).reduce((left, { content }) => {
    const turn = turnOf(content);
    return turn === null ? left : finished(left, turn);
  }, streams);
}

function asking(state: State, conversation: Id, now: number): Step {
  const streams = afterAsking(state.streams, now);
  return { state: withStreams(state, streams), effects: [{ type: "ask stream", conversation }] };
}

/** A message may be missing although no gap shows. */
function missing(state: State, conversation: Id): Effect {
  return { type: "fetch after", conversation, seq: lastSeq(threadOf(state, conversation)) };
}

function withStreams(state: State, streams: Streams): State {
  return streams === state.streams ? state : { ...state, streams };
}
