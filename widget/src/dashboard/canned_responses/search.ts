/** Search in canned responses, ignoring case and accents. Pure. */

import type { CannedResponse } from "../../rest/types";
import { folded } from "../state/select";

/** A response with its folded texts: thousands are searched at each key. */
export interface Indexed {
  readonly response: CannedResponse;
  readonly shortcut: string;
  readonly text: string; // shortcut, category and content
}

export function indexed(responses: readonly CannedResponse[]): readonly Indexed[] {
  return responses.map((response) => ({
    response,
    shortcut: folded(response.shortcut),
    text: folded(`${response.shortcut} ${response.category} ${response.content}`),
  }));
}

/** Those that contain all words, in their own order. */
export function containing(all: readonly Indexed[], words: string): readonly CannedResponse[] {
  const wanted = folded(words).split(/\s+/).filter(Boolean);
  return all.filter(({ text }) => wanted.every((word) => text.includes(word))).map(({ response }) => response);
}

/** The best ones for a shortcut typed in full or in part: first those that begin with it, then those that contain it,
 *  then those whose shortcut has its letters in this order, then those whose text contains it. The most used of
 *  equals come first. */
export function ranked(all: readonly Indexed[], typed: string, most: number): readonly CannedResponse[] {
  const wanted = folded(typed);
  const found: { readonly response: CannedResponse; readonly rank: number }[] = [];
  for (const one of all) {
    const rank = rankOf(one, wanted);
    if (rank !== null) found.push({ response: one.response, rank });
  }
  found.sort((a, b) => a.rank - b.rank || b.response.uses - a.response.uses);
  return found.slice(0, most).map(({ response }) => response);
}

function rankOf({ shortcut, text }: Indexed, wanted: string): number | null {
  if (shortcut.startsWith(wanted)) return shortcut === wanted ? 0 : 1;
  if (shortcut.includes(wanted)) return 2;
  if (hasInOrder(shortcut, wanted)) return 3;
  return text.includes(wanted) ? 4 : null;
}

function hasInOrder(text: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
