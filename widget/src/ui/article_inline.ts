/** The marks in a paragraph of an article: bold, italic, code, links, line breaks. A link leads to http or https; an
 *  image is a link to it, so that reading an article asks no other server for anything. */

import type { ArticleElement, ArticleNode } from "./article";
import { pieces, safeHref, shortAddress } from "./links";

const SPECIAL = /\\|`+|\*\*|\*|__|_|!?\[|\]|<|\n|https?:\/\//gi;
const ESCAPED = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;
// Every part has a bound: the time must not depend on how often an opening bracket fails.
const TARGET =
  /\([ \n]?(?:<([^<>\n]{0,2000})>|([^\s()<>]{0,2000}(?:\([^\s()<>]{0,500}\)[^\s()<>]{0,500}){0,9}))(?:[ \n]{1,3}(?:"[^"]{0,500}"|'[^']{0,500}'))?[ \n]?\)/y;
const AUTOLINK = /<(https?:\/\/[^\s<>]{1,2000})>/iy;
const ADDRESS = /[^\s<`]{1,2000}/y;
const ADDRESS_IN_BRACKETS = /[^\s<`\]]{1,2000}/y;

const MAX_BRACKETS = 8; // open ones, so that the elements are not nested deeper than any page needs

interface Open {
  readonly mark: string;
  readonly index: number; // in the output, where it stands as text
}

interface Bracket extends Open {
  readonly marks: number; // that were open before it
}

export function inline(text: string): ArticleNode[] {
  return new Inline(text).nodes();
}

class Inline {
  readonly #out: ArticleNode[] = [];
  readonly #marks: Open[] = [];
  readonly #brackets: Bracket[] = [];
  readonly #ticks = new Map<number, number[]>(); // length of a run of backticks → where they are, last first

  constructor(private readonly text: string) {
    for (const { 0: run, index } of text.matchAll(/`+/g)) {
      const runs = this.#ticks.get(run.length);
      if (runs) runs.push(index);
      else this.#ticks.set(run.length, [index]);
    }
    for (const runs of this.#ticks.values()) runs.reverse();
  }

  nodes(): ArticleNode[] {
    const { text } = this;
    let at = 0;
    while (at < text.length) {
      SPECIAL.lastIndex = at;
      const found = SPECIAL.exec(text);
      this.#out.push(text.slice(at, found?.index));
      if (!found) break;
      at = found.index + this.#take(found[0], found.index);
    }
    return joined(this.#out);
  }

  /** Returns how many characters it has used. */
  #take(mark: string, at: number): number {
    const { text } = this;
    switch (mark[0]) {
      case "\\":
        return this.#escape(text[at + 1] ?? "");
      case "`":
        return this.#code(mark, at);
      case "*":
      case "_":
        this.#emphasis(mark, at);
        return mark.length;
      case "\n":
        return this.#newline();
      case "<": {
        const address = matched(AUTOLINK, text, at)?.[1];
        const href = address ? safeHref(address) : null;
        if (!href) break;
        this.#out.push({ tag: "a", href, children: [address!] });
        return address!.length + 2;
      }
      case "!":
      case "[":
        if (this.#brackets.length === MAX_BRACKETS) this.#brackets.shift();
        this.#brackets.push({ mark, index: this.#out.length, marks: this.#marks.length });
        break;
      case "]":
        return this.#link(at);
      default:
        return this.#address(mark, at);
    }
    this.#out.push(mark);
    return mark.length;
  }

  #escape(next: string): number {
    if (next === "\n") this.#out.push({ tag: "br", children: [] });
    else if (ESCAPED.test(next)) this.#out.push(next);
    else {
      this.#out.push("\\");
      return 1;
    }
    return 2;
  }

  #code(run: string, at: number): number {
    const runs = this.#ticks.get(run.length) ?? []; // none: a part of a longer run, behind a backslash
    while (runs.length && runs[runs.length - 1]! <= at) runs.pop();
    const end = runs.pop();
    if (end === undefined) {
      this.#out.push(run);
      return run.length;
    }
    const code = this.text.slice(at + run.length, end).replace(/\n/g, " ");
    const padded = code.length > 2 && code.startsWith(" ") && code.endsWith(" ") && code.trim();
    this.#out.push({ tag: "code", children: [padded ? code.slice(1, -1) : code] });
    return end + run.length - at;
  }

  /** Two spaces at the end of a line break it. */
  #newline(): number {
    const last = this.#out.length - 1;
    const before = this.#out[last];
    if (typeof before === "string" && before.endsWith("  ")) {
      this.#out[last] = before.trimEnd();
      this.#out.push({ tag: "br", children: [] });
    } else this.#out.push("\n");
    return 1;
  }

  /** An opening mark stands before a word and not behind one, a closing one the other way round. */
  #emphasis(mark: string, at: number): void {
    const before = this.text[at - 1] ?? " ";
    const next = this.text[at + mark.length] ?? " ";
    const floor = this.#brackets[this.#brackets.length - 1]?.marks ?? 0;
    // One of a kind at a time since the last bracket, so this is as short as the list of kinds.
    const opener = floor + this.#marks.slice(floor).findIndex((one) => one.mark === mark);
    if (opener >= floor && before.trim() && !(mark[0] === "_" && WORD.test(next))) {
      const { index } = this.#marks[opener]!;
      const children = joined(this.#out.splice(index).slice(1));
      this.#marks.length = opener;
      if (children.length) this.#out.push({ tag: mark.length > 1 ? "strong" : "em", children });
      else this.#out.push(mark + mark);
      return;
    }
    if (opener < floor && next.trim() && !WORD.test(before)) this.#marks.push({ mark, index: this.#out.length });
    this.#out.push(mark);
  }

  #link(at: number): number {
    const bracket = this.#brackets.pop();
    const target = bracket && matched(TARGET, this.text, at + 1);
    if (!bracket || !target) {
      this.#out.push("]");
      return 1;
    }
    const address = (target[1] ?? target[2] ?? "").replace(/\\([!-/:-@[-`{-~])/g, "$1");
    const href = safeHref(address);
    const children = joined(unlinked(this.#out.splice(bracket.index).slice(1)));
    this.#marks.length = Math.min(this.#marks.length, bracket.marks);
    if (!children.length) children.push(href ? shortAddress(href) : "");
    if (href) this.#out.push({ tag: "a", href, children });
    else this.#out.push(...children);
    return 1 + target[0].length;
  }

  /** An address in the text. */
  #address(scheme: string, at: number): number {
    const before = this.text[at - 1] ?? "";
    const candidate = matched(this.#brackets.length ? ADDRESS_IN_BRACKETS : ADDRESS, this.text, at)![0];
    const found = pieces(before + candidate).find(({ href }) => href);
    if (!found || !candidate.startsWith(found.text)) {
      this.#out.push(scheme);
      return scheme.length;
    }
    this.#out.push({ tag: "a", href: found.href!, children: [found.text] });
    return found.text.length;
  }
}

function matched(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}

/** A link holds no other link: the text of an inner one stays. */
function unlinked(nodes: readonly ArticleNode[]): ArticleNode[] {
  return nodes.flatMap((node): readonly ArticleNode[] => {
    if (typeof node === "string") return [node];
    const children = unlinked(node.children);
    return node.tag === "a" ? children : [{ ...node, children }];
  });
}

/** Adjacent texts as one, without empty ones. */
function joined(nodes: readonly ArticleNode[]): ArticleNode[] {
  const out: ArticleNode[] = [];
  let text = "";
  for (const node of nodes as readonly (string | ArticleElement)[]) {
    if (typeof node === "string") text += node;
    else {
      if (text) out.push(text);
      text = "";
      out.push(node);
    }
  }
  if (text) out.push(text);
  return out;
}
