/** Hop 9: the reducers of the visitor's chat. Pure: state and what happened in, state out. Pages of history are reduced in
 *  pages.ts. They do not fetch: `behind` says that messages are missing, and chat.ts fetches them. */

import type { Id, MessageFrame, ServerFrame, StoredFrame } from "../wire/frames";
import { EMPTY, RING } from "./model";
import type { Attachments, ChatState, Conversation, Message, Unsent } from "./model";

/** What the reducer reads of a page of history; the loader fetches it as REST's `History`. */
export interface HistoryPage {
  readonly conversation: (Conversation & { last_seq: number; agent_read_seq: number; read_seq: number }) | null;
  readonly items: readonly Message[];
  readonly has_more: boolean;
}

/** Whether there is a gap between the messages held and the highest `seq` received. */
export function behind(state: ChatState): boolean {
  return state.covered < state.lastSeq;
}

export function afterFrame(state: ChatState, frame: ServerFrame): ChatState {
  switch (frame.type) {
    case "welcome": {
      const { visitor, conversation, last_seq, agents_online, agent_read_seq = 0 } = frame.greeted;
      const base = visitor && state.visitor && visitor !== state.visitor ? { ...EMPTY, unsent: state.unsent } : state;
      const next = { ...base, visitor: visitor ?? base.visitor, agentsOnline: agents_online };
      if (!conversation) return next;
      const here = afterPosition(switchTo(next, conversation), last_seq ?? 0);
      // Agents may have read messages while this tab was not connected.
      return agent_read_seq > here.agentReadSeq ? { ...here, agentReadSeq: agent_read_seq } : here;
    }
    case "message": {
      if (stale(state, frame.conversation)) return state;
      return take(switchTo(state, frame.conversation), messageFrom(frame));
    }
    case "stored":
      return stale(state, frame.conversation) ? state : afterStored(switchTo(state, frame.conversation), frame);
    case "changed": {
      const held = state.conversation;
      if (held?.id !== frame.conversation) return state;
      const { status, assigned, assignee_name, message, form, owner } = frame.changes;
      // A message in a gap comes with its page, which may be older than the change: that one does not count yet.
      const next = (message?.seq ?? 0) <= state.covered && frame.change === (held.last_change ?? 0) + 1;
      return {
        ...state,
        messages: message ? altered(state.messages, [message]) : state.messages,
        forms: form ? { ...state.forms, [(form.request ?? form.answer)!]: form } : state.forms,
        conversation: {
          ...held,
          status: status ?? held.status,
          owner: owner ?? held.owner,
          assignee_name: assigned ? (assignee_name ?? null) : held.assignee_name,
          last_change: next ? frame.change! : held.last_change,
        },
      };
    }
    case "read": {
      if (state.conversation?.id !== frame.conversation) return state;
      const side = frame.reader.party === "visitor" ? "readSeq" : "agentReadSeq";
      return frame.seq > state[side] ? { ...state, [side]: frame.seq } : state;
    }
    case "presence":
      return frame.agents_online === null ? state : { ...state, agentsOnline: frame.agents_online };
    default:
      return state; // other frames belong to the connection, the queue or the window
  }
}

/** The state with these unsent texts, without those already stored: a storage event may arrive after the message. */
export function withUnsent(state: ChatState, unsent: readonly Unsent[]): ChatState {
  return { ...state, unsent: unsent.filter(({ ref }) => state.messages.every((held) => held.ref !== ref)) };
}

function afterStored(state: ChatState, frame: StoredFrame): ChatState {
  const text = state.unsent.find((unsent) => unsent.ref === frame.ref && !unsent.form);
  // A text of another tab: its `message` frame follows; if it is lost, the gap shows. Answers to a form are fetched
  // through the gap, because the server gives them their labels.
  if (!text) return advance(withoutOther(state, frame.seq, frame.message), frame.seq);
  const author = { party: "visitor" as const, id: state.visitor ?? "", name: "" };
  const { ref, seq, at, message } = frame;
  const { shown: body = text.body, content }: Partial<Attachments> = text.attached ?? {};
  return take(state, { seq, id: message, ref, author, at, kind: "text", body, meta: {}, content });
}

/** Ids sort by time: a conversation older than ours has ended. */
export function stale(state: ChatState, conversation: string): boolean {
  return state.conversation !== null && conversation < state.conversation.id;
}

/** Switches to another conversation and drops the state of the previous one. */
export function switchTo(state: ChatState, conversation: string): ChatState {
  if (state.conversation?.id === conversation) return state;
  return { ...without(state), conversation: { id: conversation, status: "open", assignee_name: null } };
}

export function without(state: ChatState): ChatState {
  const { visitor, unsent, agentsOnline } = state;
  return { ...EMPTY, visitor, unsent, agentsOnline };
}

/** The conversation without messages, so that the newest page is fetched. */
export function restarted(state: ChatState, lastSeq: number): ChatState {
  return { ...without(state), conversation: state.conversation, lastSeq };
}

/** Applies the server's last `seq`; 0: the server does not know it. */
function afterPosition(state: ChatState, seq: number): ChatState {
  return seq > 0 && seq < state.lastSeq ? restarted(state, seq) : advance(state, seq);
}

/** Drops all messages if a different message is held at this `seq`. */
function withoutOther(state: ChatState, seq: number, id: Id): ChatState {
  const other = state.messages.some((held) => held.seq === seq && held.id !== id);
  return other ? restarted(state, 0) : state;
}

export function advance(state: ChatState, seq: number): ChatState {
  return seq > state.lastSeq ? { ...state, lastSeq: seq } : state;
}

function take(state: ChatState, message: Message): ChatState {
  const held = insert(advance(withoutOther(state, message.seq, message.id), message.seq), [message]);
  const covered = message.seq === held.covered + 1 ? message.seq : held.covered;
  const typing = held.typing.filter((typist) => typist.id !== message.author.id);
  const talk = held.conversation;
  const reopened = message.author.party === "visitor" && talk?.status !== "spam";
  const conversation = talk && reopened ? { ...talk, status: "open" } : talk;
  // An agent who answers has read everything before; the server counts it so and sends no `read` frame.
  const agentReadSeq = message.author.party === "agent" ? Math.max(held.agentReadSeq, message.seq) : held.agentReadSeq;
  return trim({ ...held, covered, typing, conversation, agentReadSeq });
}

/** Inserts by `seq`, without duplicates; texts that are now messages are removed from `unsent`. */
export function insert(state: ChatState, items: readonly Message[]): ChatState {
  const fresh = items.filter(({ seq }) => state.messages.every((held) => held.seq !== seq));
  const unsent = state.unsent.filter(({ ref }) => items.every((item) => item.ref !== ref));
  const messages = fresh.length ? [...state.messages, ...fresh].sort((a, b) => a.seq - b.seq) : state.messages;
  return { ...state, unsent, messages };
}

/** The messages with what became of some of them, unless what is held is newer. */
export function altered(
  messages: readonly Message[],
  items: readonly (Pick<Message, "seq" | "version"> & Partial<Message>)[],
): readonly Message[] {
  return messages.map((held) => ({
    ...held,
    ...items.find(({ seq, version }) => seq === held.seq && version! > (held.version ?? 0)),
  }));
}

export function trim(state: ChatState): ChatState {
  if (state.messages.length <= RING) return state;
  return { ...state, messages: state.messages.slice(-RING), hasOlder: true };
}

function messageFrom(frame: MessageFrame): Message {
  const { type, conversation, message, ...rest } = frame;
  return { ...rest, id: message };
}
