/** Hop 1: what a visitor does in the open window with a text that was not sent, and with messages. Not in the first load. */

import type { Chat } from "./chat";

/** Sends the text again, also when the connection was over. */
export function retry(chat: Chat, ref: string): void {
  chat.parts.queue.retry(ref);
  chat.start();
  chat.queued();
}

export function discard(chat: Chat, ref: string): void {
  chat.parts.queue.remove(ref);
  chat.queued();
}

/** The visitor has seen all messages. */
export function seen(chat: Chat): void {
  const { messages, readSeq } = chat.state;
  const seq = messages.at(-1)?.seq ?? 0;
  if (seq > readSeq) chat.dispatch((state) => ({ ...state, readSeq: seq }));
  chat.sendRead();
}
