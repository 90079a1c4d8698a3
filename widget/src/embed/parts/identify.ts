/** The part for pages that call `Parley.identify`: converts the page's facts for the wire. */

import type { Chat } from "../../chat/chat";
import { truncate } from "../../chat/truncate";
import { Facts as SentFacts } from "../../chat/facts";
import type { Facts } from "../../host/api";
import { LIMIT_META_KEY, LIMIT_META_KEYS, LIMIT_META_VALUE, type Meta } from "../../wire/frames";

export function identify(chat: Chat, facts: Facts): void {
  chat.facts ??= new SentFacts(chat);
  chat.facts.value = cleanFacts(facts);
}

/** Strings, integers, booleans, and null, which removes a fact; other values of the page's object are ignored. */
export function cleanFacts(facts: Facts): Meta {
  const kept: Meta = {};
  for (const [name, fact] of Object.entries(facts).slice(0, LIMIT_META_KEYS)) {
    const text = typeof fact === "string" ? truncate(fact, LIMIT_META_VALUE) : fact;
    if (text !== null && typeof text !== "string" && typeof text !== "boolean" && !Number.isSafeInteger(text)) continue;
    kept[truncate(name, LIMIT_META_KEY)] = text as string | boolean | number | null;
  }
  return kept;
}
