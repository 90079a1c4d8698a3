/** Hop 9 for agents: forms that change after their messages. Pure. */

import { answerOf } from "../../forms/request";
import type { FormChange } from "../../wire/frames";
import type { FrameAction, Step } from "../state/actions";
import { touched } from "../state/conversations";
import type { Id, Message, State, Thread } from "../state/model";
import { counted } from "../state/threads";

const FILLING_TTL = 10_000; // ms until the signal expires; the widget repeats it
const MAX_FORMS = 500; // changes that are kept; an older one is in the message when it is fetched again

/** A form has another state, or a filled form was corrected or removed. */
export function formChanged(state: State, frame: Extract<FrameAction, { type: "form changed" }>): Step {
  const { request, state: said } = frame.form;
  if (request !== undefined && said === "filling") {
    return { state: { ...state, filling: new Map(state.filling).set(request, frame.now + FILLING_TTL) }, effects: [] };
  }
  const id = request ?? frame.form.answer;
  if (id === undefined) return { state, effects: [] };
  const forms = new Map(state.forms);
  forms.delete(id);
  forms.set(id, frame.form);
  for (const oldest of forms.keys()) if (forms.size > MAX_FORMS) forms.delete(oldest);
  const next = counting({ ...withoutFilling(state, id), forms }, frame.conversation, frame.change ?? 0);
  // A corrected answer may be the snippet of its conversation.
  const { effects } = next;
  return request === undefined
    ? { ...next, effects: [...effects, { type: "fetch conversation", conversation: frame.conversation }] }
    : next;
}

/** The row and the thread know how many changes the conversation has had. */
function counting(state: State, conversation: Id, change: number): Step {
  const known = touched(state, conversation, (row) => ({
    ...row,
    last_change: Math.max(row.last_change ?? 0, change),
  }));
  const thread = known.threads.get(conversation);
  return thread === undefined ? { state: known, effects: [] } : counted(known, conversation, thread, change);
}

/** The thread with its messages as they are now; the same one when no form in it has changed. */
export function withForms(thread: Thread, forms: State["forms"]): Thread {
  if (!thread.messages.some(({ id }) => forms.has(id))) return thread;
  return { ...thread, messages: thread.messages.map((message) => current(message, forms.get(message.id))) };
}

/** The message as it is now: frames are newer than the message, a page that was fetched later is newer than they. */
export function current(message: Message, change: FormChange | undefined): Message {
  if (change === undefined || !message.content) return message;
  if (change.request !== undefined) {
    const said = message.content["state"];
    const over = said !== undefined && said !== null && said !== "open"; // a state that never changes again
    return over ? message : { ...message, content: { ...message.content, state: change.state ?? "open" } };
  }
  const held = answerOf(message.content)?.version ?? 0;
  const newer = (answerOf(change.content)?.version ?? 0) > held;
  return newer ? { ...message, body: change.body ?? message.body, content: change.content ?? null } : message;
}

export function withoutExpiredForms(state: State, now: number): State {
  let next = state;
  for (const [request, until] of state.filling) if (until <= now) next = withoutFilling(next, request);
  return next;
}

function withoutFilling(state: State, request: Id): State {
  if (!state.filling.has(request)) return state;
  const filling = new Map(state.filling);
  filling.delete(request);
  return { ...state, filling };
}
