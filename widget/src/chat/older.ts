/** Hop 9: a page of the past, when the reader goes up. Part of the open window, not of the first load. */

import type { Chat } from "./chat";

/** Asks for the page before the oldest message held. Rejects when there is no good answer in time. */
export async function loadOlder(chat: Chat): Promise<void> {
  const { memory, history } = chat.parts;
  const oldest = () => chat.state.messages[0]?.seq;
  const before_seq = oldest();
  if (!memory.key || before_seq === undefined || !chat.state.hasOlder) return;
  const page = await history(memory.key, { before_seq });
  if (before_seq === oldest()) chat.dispatch({ type: "older", page });
}
