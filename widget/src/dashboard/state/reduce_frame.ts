/** Hop 9 for agents: reduces a frame into the state; a gap in `seq` becomes a fetch effect. */

import type { SeenPage } from "../../rest/types";
import { streamed } from "../assistant/live";
import type { Effect, Step as Result, FrameAction } from "./actions";
import { filterOf } from "./filter";
import { touched, withAlteration, withMessage, withRead } from "./conversations";
import type { Altered, Conversation, Facts, Id, Message, Resource, State, Thread, Visitor } from "./model";
import { formChanged, withoutExpiredForms } from "../forms/live";
import { partOf } from "./select";
import { appended, counted, isOther, versionOf, withAltered, withChanges, withThread } from "./threads";

const TYPING_TTL = 6_000; // ms until a typing signal expires
const MAX_TRAIL = 50; // pages, the limit of the server

export function reduceFrame(state: State, frame: FrameAction): Result {
  switch (frame.type) {
    case "message":
      return message(state, frame.conversation, frame.message, frame.facts ?? {});
    case "changed":
      return changed(state, frame);
    case "delivered":
      return only(delivered(state, frame.conversation, frame.seq));
    case "form changed":
      return formChanged(state, frame);
    case "streamed":
      return streamed(state, frame);
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
      return resourceTouched(state, frame);
    default:
      return never(frame);
  }
}

/** What a changed resource means for what is on screen. */
function resourceTouched(state: State, frame: Extract<FrameAction, { type: "touched" }>): Result {
  const { resource, id = null } = frame;
  const revisions = new Map(state.revisions);
  for (const name of id === null ? [resource] : [resource, partOf(resource, id)])
    revisions.set(name, (revisions.get(name) ?? 0) + 1);
  return { state: { ...state, revisions }, effects: effectsOf(state, resource, id) };
}

function effectsOf(state: State, resource: Resource, id: Id | null): readonly Effect[] {
  switch (resource) {
    case "conversations": // one was deleted: fetching it finds nothing
      return id !== null && state.entries.has(id) ? [{ type: "fetch conversation", conversation: id }] : [];
    case "visitor_notes":
      return filterOf(state.view).has_note ? [{ type: "fetch list", fresh: true }] : rowsOf(state, id);
    default:
      return concernsVisitors(state, resource) ? [{ type: "refresh visitors" }] : [];
  }
}

/** The visitor's rows say whether there is a note. */
function rowsOf(state: State, visitor: Id | null): readonly Effect[] {
  const rows = [...state.entries.values()].filter(({ conversation }) => conversation.visitor.id === visitor);
  return rows.map(({ conversation }) => ({ type: "fetch conversation", conversation: conversation.id }));
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
    effects.push({ type: "announce", conversation: id, seq: post.seq, body: post.body, kind: post.kind });
  }
  return { state: next, effects };
}

function changed(state: State, frame: Extract<FrameAction, { type: "changed" }>): Result {
  const id = frame.conversation;
  if (!state.entries.has(id)) return { state, effects: [{ type: "fetch conversation", conversation: id }] };
  const { seq, at, status, assigned, assignee, by = null, message = null, owner = null } = frame;
  const change = frame.change ?? 0;
  const known = touched(state, id, (row) => ({
    ...row,
    status: status ?? row.status,
    assignee: assigned ? assignee : row.assignee,
    ...(owner === null ? {} : { owner: owner.to, owner_reason: owner.reason }),
    // What the assistant has said is no answer any more, or it is one again.
    ...(owner?.to === "person" && by?.party !== "agent" ? { waiting_since: row.waiting_since ?? at } : {}),
    ...(owner?.to === "assistant" && row.last_message?.author?.party === "assistant" ? { waiting_since: null } : {}),
    last_change: Math.max(row.last_change ?? 0, change),
  }));
  const next = message === null ? known : alteredIn(known, id, [message]);
  let thread = next.threads.get(id);
  if (thread === undefined) return only(next);
  if (status !== null || assigned || owner !== null)
    thread = withChanges(thread, [{ seq, at, by, status, assigned, assignee, owner }]);
  return counted(next, id, thread, change);
}

/** What became of messages, in their thread and in the row. A message that the thread has in a newer version wins. */
export function alteredIn(state: State, id: Id, items: readonly Altered[]): State {
  const held = state.threads.get(id);
  const thread = held === undefined ? undefined : withAltered(held, items);
  const next = thread === undefined ? state : withThread(state, id, thread);
  const last_seq = state.entries.get(id)?.conversation.last_seq;
  const item = items.find(({ seq }) => seq === last_seq);
  if (item === undefined) return next;
  const newest = thread?.messages.find(({ seq }) => seq === last_seq) ?? item;
  return touched(next, id, (row) => withAlteration(row, { ...newest, version: versionOf(newest) }));
}

function delivered(state: State, id: Id, seq: number): State {
  const thread = state.threads.get(id);
  return thread === undefined || thread.delivered >= seq ? state : withThread(state, id, { ...thread, delivered: seq });
}

/** The page identified its visitor with an `identify` frame, or the site has signed something new. */
function identified(state: State, action: Extract<FrameAction, { type: "identified" }>): State {
  const { visitor, name, facts, verified } = action;
  let next = state;
  for (const [id, entry] of state.entries) {
    if (entry.conversation.visitor.id !== visitor) continue;
    next = touched(next, id, (row) => {
      const signed = verified ? emailIn(verified) : row.visitor.email;
      return { ...row, visitor: { ...row.visitor, name, email: row.visitor.verified ? signed : emailIn(facts) } };
    });
  }
  return withVisitor(next, visitor, (known) => ({ ...known, name, facts, ...(verified ? { verified } : {}) }));
}

function withFacts(row: Conversation, post: Message, facts: Facts, last_seq: number): Conversation {
  const { party, name } = post.author;
  if (party !== "visitor" || name === "" || post.seq <= last_seq) return row;
  const email = "email" in facts && !row.visitor.verified ? emailIn(facts) : row.visitor.email;
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

/** Whether rows on screen may have changed: a visitor was renamed, muted, blocked or released, or a muted one wrote. */
function concernsVisitors(state: State, resource: Resource): boolean {
  if (resource !== "restrictions") return resource === "visitors";
  const open = state.open === null ? undefined : state.entries.get(state.open)?.conversation;
  return state.view === "muted" || open?.visitor.restriction === "muted";
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
