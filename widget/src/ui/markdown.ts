/** A subset of Markdown as a tree of elements, never HTML: bold, italic, code, code blocks, lists, quotes, links. Pure,
 *  and linear in the length of the text. Text without marks stays one text. */

import { pieces } from "./links";

export interface Element {
  readonly tag: "strong" | "em" | "code" | "pre" | "a" | "ul" | "ol" | "li" | "blockquote";
  readonly children: readonly Node[];
  readonly href?: string; // of a link
  readonly start?: number; // of a numbered list
}

export type Node = string | Element;

/** Whether the text may have marks: without any it need not be parsed. */
export const MARKED = /[*_`>]|^ *(-|\d+[.)]) /m;

const FENCE = /^```\w*\s*$/;
const QUOTE = /^> ?/;
const ITEM = /^ {0,3}(?:[-*]|(\d{1,3})[.)]) +(\S.*)$/;
const WORD = /[\p{L}\p{N}]/u;
const TAGS: Readonly<Record<string, "strong" | "em">> = { "**": "strong", "*": "em", _: "em" };

export function parse(text: string): readonly Node[] {
  const out: Node[] = [];
  const lines = text.split("\n");
  let plain: string[] = [];
  let lastFence = lines.length; // the last line that can close a code block
  while (--lastFence >= 0 && lines[lastFence]!.trim() !== "```");

  const flush = (isEnd: boolean): void => {
    // A block has space around it: blank lines beside it would add more.
    while (out.length > 0 && plain[0]?.trim() === "") plain.shift();
    while (!isEnd && plain[plain.length - 1]?.trim() === "") plain.pop();
    out.push(...linesOf(plain));
    plain = [];
  };
  const block = (element: Element): void => {
    flush(false);
    out.push(element);
  };

  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    if (FENCE.test(line) && at < lastFence) {
      const end = lines.findIndex((one, index) => index > at && one.trim() === "```");
      block({ tag: "pre", children: [lines.slice(at + 1, end).join("\n")] });
      at = end + 1;
    } else if (QUOTE.test(line)) {
      const end = endOf(lines, at, (one) => QUOTE.test(one));
      block({ tag: "blockquote", children: linesOf(lines.slice(at, end).map((one) => one.replace(QUOTE, ""))) });
      at = end;
    } else {
      const list = listAt(lines, at);
      if (list === null) plain.push(line);
      else block(list);
      at += list?.children.length ?? 1;
    }
  }
  flush(true);
  return joined(out);
}

/** The text without marks, for lists and notifications, where white space does not count. */
export function plainText(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (typeof node === "string") return node;
      const text = plainText(node.children);
      return /^(pre|ul|ol|li|blockquote)$/.test(node.tag) ? `\n${text}\n` : text;
    })
    .join("");
}

/** A list has at least two items: one line with a dash is more often a signature or a temperature. */
function listAt(lines: readonly string[], at: number): Element | null {
  const first = ITEM.exec(lines[at]!);
  if (!first) return null;
  const numbered = first[1] !== undefined;
  const end = endOf(lines, at, (one) => {
    const item = ITEM.exec(one);
    return item !== null && (item[1] !== undefined) === numbered;
  });
  if (end < at + 2) return null;
  const children = lines.slice(at, end).map((one): Element => ({ tag: "li", children: inline(ITEM.exec(one)![2]!) }));
  return numbered ? { tag: "ol", children, start: Number(first[1]) } : { tag: "ul", children };
}

function endOf(lines: readonly string[], at: number, belongs: (line: string) => boolean): number {
  let end = at;
  while (end < lines.length && belongs(lines[end]!)) end++;
  return end;
}

function linesOf(lines: readonly string[]): Node[] {
  return joined(lines.flatMap((line, index) => (index === 0 ? inline(line) : ["\n", ...inline(line)])));
}

/** Bold, italic, code and links of one line. An opening mark stands before a word and not behind one, a closing one the
 *  other way round: 5*3*2 and snake_case_names stay as they are. */
function inline(line: string): Node[] {
  const out: Node[] = [];
  const open: { readonly mark: string; readonly index: number }[] = [];
  let at = 0;
  const addMark = (mark: string): void => {
    const before = line[at - 1] ?? " ";
    const next = line[at + mark.length] ?? " ";
    const opener = open.findIndex((one) => one.mark === mark);
    if (opener >= 0 && before.trim() && !WORD.test(next) && open[opener]!.index < out.length - 1) {
      const children = out.splice(open[opener]!.index).slice(1);
      open.length = opener;
      out.push({ tag: TAGS[mark]!, children: joined(children) });
      return;
    }
    // One of a kind at a time: `findIndex` above is as short as the list of kinds.
    if (opener < 0 && TAGS[mark] && next.trim() && !WORD.test(before)) open.push({ mark, index: out.length });
    out.push(mark);
  };
  line.split(/(`[^`]+`)/).forEach((part, index) => {
    if (index % 2) {
      out.push({ tag: "code", children: [part.slice(1, -1)] });
      at += part.length;
      return;
    }
    for (const { text, href } of pieces(part)) {
      if (href !== null) {
        out.push({ tag: "a", href, children: [text] });
        at += text.length;
        continue;
      }
      for (const word of text.split(/(\*\*|__|\*|_)/)) {
        if (/^[*_]/.test(word)) addMark(word);
        else if (word) out.push(word);
        at += word.length;
      }
    }
  });
  return joined(out);
}

/** Adjacent texts as one. */
function joined(nodes: readonly Node[]): Node[] {
  const out: Node[] = [];
  for (const node of nodes) {
    const last = out.length - 1;
    if (typeof node === "string" && typeof out[last] === "string") out[last] = out[last] + node;
    else if (node !== "") out.push(node);
  }
  return out;
}
