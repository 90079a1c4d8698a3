/** The shortcut that is being typed: "/" at the start of a word, up to the caret. Pure. */

import type { Token } from "../views/parts/suggestions";

// A path or a fraction is no shortcut: nothing but a blank or the start may be before the "/".
const TOKEN = /(?:^|\s)\/([^\s/]{0,50})$/u;

export function tokenAt(body: string, caret: number): Token | null {
  const found = TOKEN.exec(body.slice(0, caret));
  const text = found?.[1];
  return text === undefined ? null : { start: caret - text.length - 1, text };
}
