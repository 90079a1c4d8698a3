/** Hop 9: fetches missed messages, and older ones when the reader scrolls up. Loaded with the part "history". */

import type { Chat } from "./chat";
import type { ChatState, Message } from "./model";
import { reducePage } from "./pages";
import type { PageAction } from "./pages";
import { altered } from "./store";

const FAR_BEHIND = 150; // messages; a larger gap is not filled: the newest page replaces the messages held

/** Fetches the messages that may be missing and adds them. Resolves with whether there are more. Rejects when there is
 *  no valid response in time. */
export async function catchUp(chat: Chat, key: string): Promise<boolean> {
  const { history, queue } = chat.parts;
  const { conversation, covered, lastSeq, messages } = chat.state;
  let newest = !messages.length || covered === 0 || lastSeq - covered > FAR_BEHIND;
  let page = await history(key, newest ? {} : { after_seq: covered });
  const same = page.conversation?.id === conversation?.id;
  // a new conversation began: our `seq` says nothing about its history
  if (!same && !newest) page = await history(key, {});
  newest ||= !same;
  const knownSeq = same ? lastSeq : 0;
  const held = conversation?.id ?? null;
  const change = conversation?.last_change ?? 0;
  const behind = same && messages.length > 0 && (page.conversation?.last_change ?? 0) > change;
  // Before the page, whose last change then counts as known.
  const items = behind ? await alteredSince(chat, key, change) : [];
  take(
    chat,
    newest ? { type: "newest", page, knownSeq, held } : { type: "newer", page, after: covered, knownSeq, held },
    items,
  );
  for (const item of page.items) if (item.ref) queue.remove(item.ref);
  return page.has_more && !newest;
}

/** Fetches the page before the oldest message held. Rejects when there is no valid response in time. */
export async function loadOlder(chat: Chat): Promise<void> {
  const { memory, history } = chat.parts;
  const oldest = () => chat.state.messages[0]?.seq;
  const before_seq = oldest();
  if (!memory.key || before_seq === undefined || !chat.state.hasOlder) return;
  const page = await history(memory.key, { before_seq });
  if (before_seq === oldest()) take(chat, { type: "older", page });
}

/** All messages that were altered after the change: edited, redacted, forms with another state, corrected answers. */
async function alteredSince({ parts }: Chat, key: string, change: number): Promise<readonly Message[]> {
  const found: Message[] = [];
  for (let after_change = change; ; ) {
    const { items, has_more } = await parts.history(key, { after_change });
    found.push(...items);
    const last = items[items.length - 1]?.version ?? 0;
    if (!has_more || last <= after_change) return found;
    after_change = last;
  }
}

function take(chat: Chat, action: PageAction, items: readonly Message[] = []): void {
  chat.dispatch((state) => {
    const next = reducePage(state, action);
    if (!items.length) return next;
    return { ...next, messages: altered(next.messages, items), forms: formsAfter(next.forms, items) };
  });
}

/** The changes of forms that came as frames, without those that the fetched messages already have. */
function formsAfter(forms: ChatState["forms"], items: readonly Message[]): ChatState["forms"] {
  const kept = { ...forms };
  for (const { id, content } of items) {
    const held = kept[id];
    const newer =
      held?.request !== undefined
        ? content?.["state"] === "open" // every other state is final
        : corrections(held?.content) > corrections(content);
    if (!newer || !content) delete kept[id];
  }
  return kept;
}

const corrections = (content: Message["content"] | undefined): number => Number(content?.["version"] ?? 1);
