/** What the buttons of the editor do to Markdown: bold, italic, links, headings and lists. Pure. */

export interface Selected {
  readonly text: string;
  readonly start: number; // UTF-16 units
  readonly end: number;
}

/** Replace `start`…`end` by `text`, then select `selected`, counted in the new text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly selected: readonly [number, number];
}

export type Mark = "bold" | "italic" | "link" | "heading" | "list" | "numbers";

const ADDRESS = /^https?:\/\/\S+$/;
const MARKER = /^(\s{0,3})(?:[-*+]|\d{1,9}[.)]) +/;

/** Setting a mark that is there already removes it. */
export function marked(mark: Mark, given: Selected): Edit {
  switch (mark) {
    case "bold":
      return starred(given, 2);
    case "italic":
      return starred(given, 1);
    case "link":
      return linked(given);
    case "heading":
      return byLine(given, nextHeading(given));
    case "list":
      return listed(given, () => "- ");
    case "numbers":
      return listed(given, (index) => `${index + 1}. `);
  }
}

/** One star is italic, two are bold, three are both. */
function starred(given: Selected, count: 1 | 2): Edit {
  const { text } = given;
  const { start, end } = trimmed(given);
  const around = Math.min(starsBefore(text, start), starsAfter(text, end));
  const has = count === 2 ? around >= 2 : around % 2 === 1;
  const inside = text.slice(start, end);
  if (has) {
    const from = start - count;
    return { start: from, end: end + count, text: inside, selected: [from, from + inside.length] };
  }
  const stars = "*".repeat(count);
  return { start, end, text: stars + inside + stars, selected: [start + count, end + count] };
}

/** Marks stand at words: "** word**" is not bold. */
function trimmed({ text, start, end }: Selected): { readonly start: number; readonly end: number } {
  const inside = text.slice(start, end);
  if (inside.trim() === "") return { start, end };
  const from = start + (inside.length - inside.trimStart().length);
  return { start: from, end: from + inside.trim().length };
}

function starsBefore(text: string, at: number): number {
  return /\*{0,3}$/.exec(text.slice(Math.max(0, at - 3), at))?.[0].length ?? 0;
}

function starsAfter(text: string, at: number): number {
  return /^\*{0,3}/.exec(text.slice(at, at + 3))?.[0].length ?? 0;
}

/** The part that is missing is selected: the address, or the words. */
function linked(given: Selected): Edit {
  const { start, end } = trimmed(given);
  const inside = given.text.slice(start, end);
  if (inside === "" || ADDRESS.test(inside)) {
    return { start, end, text: `[](${inside || "https://"})`, selected: [start + 1, start + 1] };
  }
  const address = start + inside.length + 3;
  return { start, end, text: `[${inside}](https://)`, selected: [address, address + "https://".length] };
}

/** None, then ##, then ###, then none again: the title of the article is the heading above them. */
function nextHeading({ text, start }: Selected): (line: string) => string {
  const line = text.slice(lineStart(text, start));
  const level = /^(#{1,6}) /.exec(line)?.[1]?.length ?? 0;
  const prefix = level < 2 ? "## " : level === 2 ? "### " : "";
  return (one) => prefix + one.replace(/^#{1,6} +/, "");
}

function listed(given: Selected, markerOf: (index: number) => string): Edit {
  const lines = linesOf(given);
  const numbered = markerOf(0) !== "- ";
  const has = lines.every((line) => line.trim() === "" || (MARKER.test(line) && /^\s*\d/.test(line) === numbered));
  const removed = has && lines.some((line) => line.trim() !== "");
  let index = 0;
  return byLine(given, (line) => {
    if (line.trim() === "" && lines.length > 1) return line;
    const bare = line.replace(MARKER, "$1");
    return removed ? bare : markerOf(index++) + bare;
  });
}

function byLine(given: Selected, change: (line: string) => string): Edit {
  const [from, to] = wholeLines(given);
  const changed = linesOf(given).map(change).join("\n");
  if (given.start !== given.end)
    return { start: from, end: to, text: changed, selected: [from, from + changed.length] };
  const caret = Math.max(from, given.start + changed.length - (to - from)); // stays at its word
  return { start: from, end: to, text: changed, selected: [caret, caret] };
}

function linesOf(given: Selected): readonly string[] {
  return given.text.slice(...wholeLines(given)).split("\n");
}

/** A selection that ends with a line break does not reach the next line. */
function wholeLines({ text, start, end }: Selected): readonly [number, number] {
  const last = end > start && text[end - 1] === "\n" ? end - 1 : end;
  const found = text.indexOf("\n", last);
  return [lineStart(text, start), found === -1 ? text.length : found];
}

function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
}
