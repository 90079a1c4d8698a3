/** What a page tells of its visitor, as the wire takes it. */

import { cut } from "../chat/cut";
import type { Facts } from "../host/api";
import type { Meta } from "../wire/frames";

const MOST = 32;
const NAME = 64; // characters
const TEXT = 1_000; // characters

/** Texts, whole numbers and yes or no; what else a page has in its object stays there. */
export function cleanFacts(facts: Facts): Meta {
  const kept: Meta = {};
  for (const [name, fact] of Object.entries(facts).slice(0, MOST)) {
    if (typeof fact === "string") kept[cut(name, NAME)] = cut(fact, TEXT);
    else if (typeof fact === "boolean" || Number.isSafeInteger(fact)) kept[cut(name, NAME)] = fact as boolean | number;
  }
  return kept;
}
