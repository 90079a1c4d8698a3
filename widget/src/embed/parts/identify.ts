/** The part for pages that call `Parley.identify`: what they say of their visitor, as the wire takes it. */

import type { Chat } from "../../chat/chat";
import { truncate } from "../../chat/truncate";
import { Facts as SentFacts } from "../../chat/facts";
import type { Facts } from "../../host/api";
import { LIMIT_META_KEY, LIMIT_META_KEYS, LIMIT_META_VALUE, type Meta } from "../../wire/frames";

export function identify(chat: Chat, facts: Facts): void {
  chat.facts ??= new SentFacts(chat);
  chat.facts.value = cleanFacts(facts);
}

/** Texts, whole numbers, yes or no, and null, which takes a fact away; what else a page has in its object stays there. */
export function cleanFacts(facts: Facts): Meta {
  const kept: Meta = {};
  for (const [name, fact] of Object.entries(facts).slice(0, LIMIT_META_KEYS)) {
    const text = typeof fact === "string" ? truncate(fact, LIMIT_META_VALUE) : fact;
    if (text !== null && typeof text !== "string" && typeof text !== "boolean" && !Number.isSafeInteger(text)) continue;
    kept[truncate(name, LIMIT_META_KEY)] = text as string | boolean | number | null;
  }
  return kept;
}
