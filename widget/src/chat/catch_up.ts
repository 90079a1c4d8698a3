/** Hop 9: fetches what is missing, and the past as the reader goes up. Comes with the part "history". */

import type { Chat } from "./chat";
import { reducePage } from "./pages";
import type { PageAction } from "./pages";

const FAR_BEHIND = 150; // messages; beyond it the newest page replaces what is held

/** Asks for what may be missing and takes it; resolves with whether there is more of it. Rejects when there is no good
 *  answer in time. */
export async function catchUp(chat: Chat, key: string): Promise<boolean> {
  const { history, queue } = chat.parts;
  const { conversation, covered, lastSeq, messages } = chat.state;
  let newest = !messages.length || covered === 0 || lastSeq - covered > FAR_BEHIND;
  let page = await history(key, newest ? {} : { after_seq: covered });
  const same = page.conversation?.id === conversation?.id;
  if (!same && !newest) page = await history(key, {}); // another one began: its past is not after our `seq`
  newest ||= !same;
  const heard = same ? lastSeq : 0;
  const held = conversation?.id ?? null;
  take(chat, newest ? { type: "newest", page, heard, held } : { type: "newer", page, after: covered, heard, held });
  for (const item of page.items) if (item.ref) queue.stored(item.ref);
  return page.has_more && !newest;
}

/** Asks for the page before the oldest message held. Rejects when there is no good answer in time. */
export async function loadOlder(chat: Chat): Promise<void> {
  const { memory, history } = chat.parts;
  const oldest = () => chat.state.messages[0]?.seq;
  const before_seq = oldest();
  if (!memory.key || before_seq === undefined || !chat.state.hasOlder) return;
  const page = await history(memory.key, { before_seq });
  if (before_seq === oldest()) take(chat, { type: "older", page });
}

function take(chat: Chat, action: PageAction): void {
  chat.dispatch((state) => reducePage(state, action));
}
