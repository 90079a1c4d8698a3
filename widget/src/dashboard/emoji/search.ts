/** Finds emoji by name, in English and Vietnamese, without accents; and keeps those used last. Pure but for the storage. */

import { folded } from "../state/select";
import { EMOJI, type Emoji } from "./data";

const KEY = "parley:emoji";
const MAX_RECENT = 16;

const found = EMOJI.map((emoji) => ({ emoji, names: ` ${folded(`${emoji.names.en}, ${emoji.names.vi}`)}` }));

/** Every word of the query begins a word of a name; what begins with the first one comes first. */
export function matching(query: string): readonly Emoji[] {
  const words = folded(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return EMOJI;
  const all = found.filter(({ names }) => words.every((word) => names.includes(` ${word}`)));
  return all
    .map(({ emoji, names }, index) => ({ emoji, rank: names.indexOf(` ${words[0]}`), index }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ emoji }) => emoji);
}

export function nameOf({ names }: Emoji, language: string): string {
  return (language === "vi" ? names.vi : names.en).split(",")[0] ?? "";
}

/** Those used last, newest first. */
export function recent(storage: Pick<Storage, "getItem"> | null): readonly Emoji[] {
  let signs: unknown = null;
  try {
    signs = JSON.parse(storage?.getItem(KEY) ?? "[]");
  } catch {
    // Not ours, or storage is forbidden: none.
  }
  const known = Array.isArray(signs) ? signs : [];
  return known.flatMap((sign) => EMOJI.find((one) => one.sign === sign) ?? []).slice(0, MAX_RECENT);
}

export function used(emoji: Emoji, storage: Pick<Storage, "getItem" | "setItem"> | null): void {
  const signs = [emoji, ...recent(storage).filter((one) => one.sign !== emoji.sign)].map((one) => one.sign);
  try {
    storage?.setItem(KEY, JSON.stringify(signs.slice(0, MAX_RECENT)));
  } catch {
    // Full or forbidden: the next time they are in their usual order.
  }
}
