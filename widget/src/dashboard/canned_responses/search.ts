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

/** The categories, by name; neither case nor accents matter for the order. */
export function categoriesOf(all: readonly Indexed[]): readonly string[] {
  const names = new Set(all.map(({ response }) => response.category).filter((name) => name !== ""));
  return [...names].sort((one, other) => (folded(one) < folded(other) ? -1 : 1));
}

/** `category` "": all. */
export function inCategory(all: readonly Indexed[], category: string): readonly Indexed[] {
  return category === "" ? all : all.filter(({ response }) => response.category === category);
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
  const found: CannedResponse[][] = [[], [], [], []]; // by rank
  const others: Indexed[] = [];
  for (const one of all) {
    const rank = rankOf(one.shortcut, wanted);
    if (rank === null) others.push(one);
    else found[rank]?.push(one.response);
  }
  const best: CannedResponse[] = [];
  for (const group of found) {
    if (best.length < most) best.push(...mostUsed(group, most - best.length));
  }
  // The texts are long: they are searched only if the shortcuts do not fill the list.
  if (best.length === most) return best;
  const named = others.filter(({ text }) => text.includes(wanted)).map(({ response }) => response);
  return [...best, ...mostUsed(named, most - best.length)];
}

function rankOf(shortcut: string, wanted: string): number | null {
  if (shortcut.startsWith(wanted)) return shortcut === wanted ? 0 : 1;
  if (shortcut.includes(wanted)) return 2;
  return hasInOrder(shortcut, wanted) ? 3 : null;
}

/** Up to `most` of them, the most used first; of equals the first. Sorts no more than it needs: at the first key
 *  nearly all of thousands match. */
function mostUsed(responses: readonly CannedResponse[], most: number): readonly CannedResponse[] {
  const best: CannedResponse[] = [];
  for (const response of responses) {
    const last = best[best.length - 1];
    if (best.length === most && (last === undefined || last.uses >= response.uses)) continue;
    let at = best.length;
    while (at > 0 && (best[at - 1]?.uses ?? 0) < response.uses) at -= 1;
    best.splice(at, 0, response);
    if (best.length > most) best.pop();
  }
  return best;
}

export function hasInOrder(text: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
