/** The Markdown of articles as a tree of elements, never HTML: headings, paragraphs, lists, quotes, code, tables, and
 *  the marks in article_inline.ts. Pure, and linear in the length of the text. The server's help page reads the same
 *  subset (server/api/help/markdown.py). HTML, entities and references stay as they were typed. */

import { inline } from "./article_inline";

export type Tag =
  | ("p" | "strong" | "em" | "code" | "pre" | "a" | "br" | "hr" | "ul" | "ol" | "li" | "blockquote")
  | ("h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "thead" | "tbody" | "tr" | "th" | "td");

export interface ArticleElement {
  tag: Tag;
  readonly children: readonly ArticleNode[];
  readonly href?: string; // of a link: http or https
  readonly start?: number; // of a numbered list
}

export type ArticleNode = string | ArticleElement;

interface Heading {
  readonly element: ArticleElement;
  readonly level: number;
}

const MAX_DEPTH = 8; // of quotes and lists; what is nested deeper is text
const FENCE = /^ {0,3}(`{3,}|~{3,})[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/;
const UNDERLINE = /^ {0,3}(=+|-+) *$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}(?=\S)| (?= )|(?= *$))/;
const RULE = /^(?:-{3,}|\*{3,}|_{3,})$/;
const CELLS = /^\|?(?::?-+:?\|)+(?::?-+:?)?$|^\|:?-+:?$/;

/** `below`: the level of the heading that stands above the article. */
export function parseArticle(text: string, below = 1): readonly ArticleNode[] {
  const headings: Heading[] = [];
  const lines = text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n");
  const nodes = blocks(lines, headings, 0);
  rank(headings, below);
  return nodes;
}

/** No level is skipped: authors choose levels by their size. */
function rank(headings: readonly Heading[], below: number): void {
  const levels = [...new Set(headings.map(({ level }) => level))].sort();
  let last = 0;
  for (const { element, level } of headings) {
    last = Math.min(levels.indexOf(level) + 1, last + 1);
    element.tag = `h${Math.min(6, below + last)}` as Tag;
  }
}

function blocks(lines: readonly string[], headings: Heading[], depth: number): ArticleNode[] {
  const out: ArticleNode[] = [];
  let text: string[] = []; // of the paragraph
  const flush = (): void => {
    if (text.length) out.push({ tag: "p", children: inline(text.map((line) => line.trimStart()).join("\n")) });
    text = [];
  };
  const head = (level: number, line: string): void => {
    const element: ArticleElement = { tag: "h1", children: inline(line.trim()) };
    headings.push({ element, level });
    out.push(element);
  };

  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    const under = text.length && UNDERLINE.exec(line);
    const item = depth < MAX_DEPTH && ITEM.exec(line);
    if (!line.trim()) {
      flush();
      at++;
    } else if (fence) {
      flush();
      const mark = fence[1]!;
      let end = at + 1;
      while (end < lines.length && !closes(lines[end]!, mark)) end++;
      out.push({ tag: "pre", children: [lines.slice(at + 1, end).join("\n")] });
      at = end + 1;
    } else if (heading) {
      flush();
      head(heading[1]!.length, (heading[2] ?? "").trim().replace(/(^| )#+$/, ""));
      at++;
    } else if (under) {
      const title = text.join("\n");
      text = [];
      head(under[1]![0] === "=" ? 1 : 2, title);
      at++;
    } else if (RULE.test(line.replace(/ /g, ""))) {
      flush();
      out.push({ tag: "hr", children: [] });
      at++;
    } else if (depth < MAX_DEPTH && QUOTE.test(line)) {
      flush();
      const end = endOf(lines, at, (one) => QUOTE.test(one));
      const inside = lines.slice(at, end).map((one) => one.replace(QUOTE, ""));
      out.push({ tag: "blockquote", children: blocks(inside, headings, depth + 1) });
      at = end;
    } else if (item && !(text.length && interruptsNothing(item, line))) {
      flush();
      at = list(lines, at, out, headings, depth);
    } else if (isTable(line, lines[at + 1])) {
      flush();
      const end = endOf(lines, at + 2, (one) => one.includes("|"));
      out.push(table(line, lines.slice(at + 2, end)));
      at = end;
    } else {
      text.push(line);
      at++;
    }
  }
  flush();
  return out;
}

/** An empty item, and a number other than 1, are the next line of a paragraph. */
const interruptsNothing = (item: RegExpExecArray, line: string) =>
  !line.slice(item[0].length).trim() || /^(?!1[.)])\d/.test(item[2]!);

const isTable = (line: string, next = "") =>
  line.includes("|") && CELLS.test(next.replace(/ /g, "")) && cellsOf(line).length === cellsOf(next).length;

const closes = (line: string, mark: string) => {
  const bare = line.trim();
  return bare.length >= mark.length && bare === mark[0]!.repeat(bare.length);
};

function endOf(lines: readonly string[], at: number, belongs: (line: string) => boolean): number {
  let end = at;
  while (end < lines.length && belongs(lines[end]!)) end++;
  return end;
}

const kindOf = (marker: string) => marker[marker.length - 1]!; // -, *, +, . or )
const indent = (line: string) => line.length - line.trimStart().length;

/** Adds the list that begins at `at`; returns the line behind it. What is indented as far as an item's text, or
 *  continues its paragraph, belongs to it. */
function list(lines: readonly string[], at: number, out: ArticleNode[], headings: Heading[], depth: number): number {
  const [, , marker] = ITEM.exec(lines[at]!)!;
  const items: string[][] = [];
  let loose = false;
  let width = 0;
  let blank = false;
  for (; at < lines.length; at++) {
    const line = lines[at]!;
    const found = ITEM.exec(line);
    const inside = items[items.length - 1];
    if (!line.trim()) {
      blank = true;
      inside?.push("");
      continue;
    }
    if (inside && indent(line) >= width) inside.push(line.slice(width));
    else if (found && kindOf(found[2]!) === kindOf(marker!) && !RULE.test(line.replace(/ /g, ""))) {
      width = found[0].length + (found[3] ? 0 : 1);
      items.push([line.slice(found[0].length)]);
    } else if (inside && !blank && !found && !(FENCE.test(line) || HEADING.test(line) || QUOTE.test(line)))
      inside.push(line.trimStart());
    else break;
    loose ||= blank;
    blank = false;
  }
  const children = items.map((inside): ArticleElement => {
    const content = blocks(inside, headings, depth + 1);
    return { tag: "li", children: loose ? content : content.flatMap(unwrapped) };
  });
  out.push(/\d/.test(marker!) ? { tag: "ol", children, start: parseInt(marker!, 10) } : { tag: "ul", children });
  return at;
}

/** A paragraph of a list without blank lines is plain text. */
const unwrapped = (node: ArticleNode): readonly ArticleNode[] =>
  typeof node === "object" && node.tag === "p" ? node.children : [node];

function table(head: string, body: readonly string[]): ArticleElement {
  const columns = cellsOf(head).length;
  const row = (line: string, tag: "th" | "td"): ArticleElement => {
    const cells = cellsOf(line);
    const children = Array.from({ length: columns }, (_, at) => ({ tag, children: inline(cells[at] ?? "") }));
    return { tag: "tr", children };
  };
  const rows: ArticleElement[] = [{ tag: "thead", children: [row(head, "th")] }];
  if (body.length) rows.push({ tag: "tbody", children: body.map((line) => row(line, "td")) });
  return { tag: "table", children: rows };
}

/** `\|` is a bar in a cell. */
function cellsOf(line: string): string[] {
  const bare = line.trim().replace(/^\|/, "");
  const cells = bare.replace(/\\\|/g, "\0").split("|");
  if (cells.length > 1 && !cells[cells.length - 1]!.trim()) cells.pop();
  return cells.map((cell) => cell.replace(/\0/g, "|").trim());
}
