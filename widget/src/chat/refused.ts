/** Hop 1: what the visitor does with a text that was not sent. Part of the open window, not of the first load. */

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
