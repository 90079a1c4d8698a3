/** What was found in a text with Markdown, without its marks. Pure. */

import type { SearchPiece } from "../../rest/types";
import { MARKED, parse, plainText } from "../../ui/markdown";

// Where a match begins and ends, while the text is parsed as a whole: characters that nobody writes.
const BEGIN = "\uE000";
const END = "\uE001";
const EDGES = /[\uE000\uE001]/;

export function plainPieces(pieces: readonly SearchPiece[]): readonly SearchPiece[] {
  const text = pieces.map((one) => (one.match ? BEGIN + one.text + END : one.text)).join("");
  if (!MARKED.test(text) || pieces.some((one) => EDGES.test(one.text))) return pieces;
  return plainText(parse(text))
    .split(EDGES)
    .map((part, index) => ({ text: part, match: index % 2 === 1 }))
    .filter((one) => one.text !== "");
}
