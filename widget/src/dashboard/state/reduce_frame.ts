/** Hop 9 for agents: reduces a frame into the state; a gap in `seq` becomes a fetch effect. */

import type { SeenPage } from "../../rest/types";
import type { Effect, Step as Result, FrameAction } from "./actions";
import { touched, withMessage, withRead } from "./conversations";
import type { Conversation, Facts, Id, Message, Resource, State, Thread, Visitor } from "./model";
import { formChanged, withoutExpiredForms } from "../forms/live";
import { appended, isOther, withChanges, withThread } from "./threads";

const TYPING_TTL = 6_000; // ms until a typing signal expires
const MAX_TRAIL = 50; // pages, the limit of the server

export function reduceFrame(state: State, frame: FrameAction): Result {
  switch (frame.type) {
    case "message":
      return message(state, frame.conversation, frame.message, frame.facts ?? {});
    case "changed":
      return changed(state, frame);
    case "form changed":
      return formChanged(state, frame);
    case "identified":
      return only(identified(state, frame));
    case "read":
      return only(read(state, frame));
    case "typing":
      return only(typing(state, frame));
    case "presence":
      return only(presence(state, frame.visitors));
    case "page":
      return only(page(state, frame.visitor, { url: frame.url, title: frame.title, at: frame.at }));
    case "touched":
      return only(withRevision(state, frame.resource));
    default:
      return never(frame);
  }
}

function message(state: State, id: Id, post: Message, facts: Facts): Result {
  const effects: Effect[] = [];
  const entry = state.entries.get(id);
  let next = touched(state, id, (row) => withFacts(withMessage(row, post, state.me), post, facts, row.last_seq));
  const visitor = next.visitors.get(post.author.id);
  if (visitor !== undefined && Object.entries(facts).some(([name, fact]) => visitor.facts?.[name] !== fact)) {
    effects.push({ type: "fetch visitor", visitor: visitor.id }); // the server decides which facts it keeps
  }
  if (entry === undefined) effects.push({ type: "fetch conversation", conversation: id });
  const thread = next.threads.get(id);
  if (thread?.loaded === true) {
    const result = appendedTo(next, id, thread, post);
    effects.push(...result.effects);
    next = result.state;
  }
  if (next.typists.get(id)?.who.id === post.author.id) next = withoutTypist(next, id);
  const is_new = entry === undefined || post.seq > entry.conversation.last_seq;
  if (is_new && post.author.party === "visitor") {
    effects.push({ type: "announce", conversation: id, body: post.body, kind: post.kind });
  }
  return { state: next, effects };
}

function changed(state: State, frame: Extract<FrameAction, { type: "changed" }>): Result {
  const id = frame.conversation;
  if (!state.entries.has(id)) return { state, effects: [{ type: "fetch conversation", conversation: id }] };
  const next = touched(state, id, (row) => ({
    ...row,
    status: frame.status ?? row.status,
    assignee: frame.assigned ? frame.assignee : row.assignee,
  }));
  const thread = next.threads.get(id);
  if (thread === undefined) return only(next);
  const { seq, at, status, assigned, assignee, by = null } = frame;
  return only(withThread(next, id, withChanges(thread, [{ seq, at, by, status, assigned, assignee }])));
}

/** The page identified its visitor, with a message or with an `identify` frame. */
function identified(state: State, { visitor, name, facts }: Extract<FrameAction, { type: "identified" }>): State {
  let next = state;
  for (const [id, entry] of state.entries) {
    if (entry.conversation.visitor.id !== visitor) continue;
    next = touched(next, id, (row) => ({ ...row, visitor: { ...row.visitor, name, email: emailIn(facts) } }));
  }
  return withVisitor(next, visitor, (known) => ({ ...known, name, facts }));
}

function withFacts(row: Conversation, post: Message, facts: Facts, last_seq: number): Conversation {
  const { party, name } = post.author;
  if (party !== "visitor" || name === "" || post.seq <= last_seq) return row;
  const email = "email" in facts ? emailIn(facts) : row.visitor.email;
  return { ...row, visitor: { ...row.visitor, name, ...(email === undefined ? {} : { email }) } };
}

function emailIn(facts: Facts): string {
  return typeof facts["email"] === "string" ? facts["email"] : "";
}

function read(state: State, frame: Extract<FrameAction, { type: "read" }>): State {
  if (frame.reader.party === "visitor") {
    return touched(state, frame.conversation, (row) => ({
      ...row,
      visitor_read_seq: Math.max(row.visitor_read_seq, frame.seq),
    }));
  }
  if (frame.reader.id !== state.me) return state;
  return touched(state, frame.conversation, (row) => withRead(row, frame.seq));
}

function typing(state: State, frame: Extract<FrameAction, { type: "typing" }>): State {
  if (frame.who.id === state.me) return state;
  if (!frame.on) {
    return state.typists.get(frame.conversation)?.who.id === frame.who.id
      ? withoutTypist(state, frame.conversation)
      : state;
  }
  const typists = new Map(state.typists);
  typists.set(frame.conversation, { who: frame.who, until: frame.now + TYPING_TTL });
  return { ...state, typists };
}

function presence(state: State, visitors: readonly (readonly [Id, boolean])[]): State {
  const online = new Map(visitors);
  let next = state;
  for (const [id, entry] of state.entries) {
    const now = online.get(entry.conversation.visitor.id);
    if (now === undefined || now === entry.conversation.visitor.online) continue;
    next = touched(next, id, (row) => ({ ...row, visitor: { ...row.visitor, online: now } }));
  }
  for (const [id, now] of online) next = withVisitor(next, id, (visitor) => ({ ...visitor, online: now }));
  return next;
}

function page(state: State, visitor: Id, step: SeenPage): State {
  let next = state;
  for (const [id, entry] of state.entries) {
    if (entry.conversation.visitor.id !== visitor) continue;
    next = touched(next, id, (row) => ({
      ...row,
      visitor: { ...row.visitor, online: true, url: step.url, title: step.title },
    }));
  }
  return withVisitor(next, visitor, (known) => {
    // The title of a page often comes a moment after its address.
    const same = known.trail[0]?.url === step.url;
    const rest = same ? known.trail.slice(1) : known.trail;
    const trail = [same ? { ...step, at: known.trail[0]?.at ?? step.at } : step, ...rest].slice(0, MAX_TRAIL);
    return { ...known, online: true, url: step.url, title: step.title, trail };
  });
}

function withVisitor(state: State, id: Id, change: (visitor: Visitor) => Visitor): State {
  const known = state.visitors.get(id);
  if (known === undefined) return state;
  const visitors = new Map(state.visitors);
  visitors.set(id, change(known));
  return { ...state, visitors };
}

function withRevision(state: State, resource: Resource): State {
  const revisions = new Map(state.revisions);
  revisions.set(resource, (revisions.get(resource) ?? 0) + 1);
  return { ...state, revisions };
}

export function withoutTypist(state: State, conversation: Id): State {
  if (!state.typists.has(conversation)) return state;
  const typists = new Map(state.typists);
  typists.delete(conversation);
  return { ...state, typists };
}

/** Removes expired signals; returns the same state when none has expired. */
export function expired(state: State, now: number): State {
  let next = withoutExpiredForms(state, now);
  for (const [id, typist] of state.typists) if (typist.until <= now) next = withoutTypist(next, id);
  return next;
}

export function appendedTo(state: State, id: Id, thread: Thread, post: Message): Result {
  if (isOther(thread, post)) {
    const effects: Effect[] = [
      { type: "fetch conversation", conversation: id },
      { type: "fetch latest", conversation: id },
    ];
    return { state: withThread(state, id, { ...thread, messages: [], loaded: false }), effects };
  }
  const result = appended(thread, post);
  const effects: Effect[] = result.gap
    ? [{ type: "fetch after", conversation: id, seq: thread.messages.at(-1)?.seq ?? 0 }]
    : [];
  return { state: withThread(state, id, result.thread), effects };
}

function only(state: State): Result {
  return { state, effects: [] };
}

function never(value: never): never {
  throw new Error(`not a frame: ${JSON.stringify(value)}`);
}
