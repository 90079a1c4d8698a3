/** Markdown as elements: what is a mark, what is not, and that any text takes linear time. */

import { describe, expect, test } from "vitest";
import { MARKED, type Node, parse, plainText } from "../../src/ui/markdown";

/** The tree as text, with tags in angle brackets. */
function shown(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (typeof node === "string") return node;
      const start = node.start === undefined ? "" : ` ${node.start}`;
      return `<${node.tag}${start}>${shown(node.children)}</${node.tag}>`;
    })
    .join("");
}
const made = (text: string) => shown(parse(text));

describe("marks", () => {
  test.each([
    ["**bold**", "<strong>bold</strong>"],
    ["a *word*, an _other_.", "a <em>word</em>, an <em>other</em>."],
    ["**bold and *italic* in it**", "<strong>bold and <em>italic</em> in it</strong>"],
    ["*italic and **bold** in it*", "<em>italic and <strong>bold</strong> in it</em>"],
    ["(*yes*)", "(<em>yes</em>)"],
    ["**Đơn hàng** của bạn", "<strong>Đơn hàng</strong> của bạn"],
    ["run `npm *i*` now", "run <code>npm *i*</code> now"],
    ["**see `x`**", "<strong>see <code>x</code></strong>"],
    ["**https://example.com/a_b_c**", "<strong><a>https://example.com/a_b_c</a></strong>"],
    ["https://example.com/a*b*c and *d*", "<a>https://example.com/a*b*c</a> and <em>d</em>"],
  ])("%s", (text, tree) => expect(made(text)).toBe(tree));

  test.each([
    "2 * 3 * 4",
    "5*3*2",
    "snake_case_name and __init__",
    "*not closed",
    "not opened*",
    "** spaced **",
    "****",
    "* * *",
    "`not closed",
    "a _b",
    "3 > 2",
    "- one dash",
    "1. one number",
    "* one\nline",
    "<b>no HTML</b> &amp; no entities",
    "a *mark\nover two* lines",
    "```\nnot closed",
    "",
  ])("%j stays as it is", (text) => expect(parse(text)).toEqual(text === "" ? [] : [text]));
});

describe("blocks", () => {
  test.each([
    [
      "Please send:\n\n- your *name*\n- your order\n\nThanks",
      "Please send:<ul><li>your <em>name</em></li><li>your order</li></ul>Thanks",
    ],
    ["1. open\n2. close", "<ol 1><li>open</li><li>close</li></ol>"],
    ["7) open\n8) close", "<ol 7><li>open</li><li>close</li></ol>"],
    ["* a\n* b\n1. c\n2. d", "<ul><li>a</li><li>b</li></ul><ol 1><li>c</li><li>d</li></ol>"],
    [
      "> it is **broken**\n> since Monday\nSorry!",
      "<blockquote>it is <strong>broken</strong>\nsince Monday</blockquote>Sorry!",
    ],
    ["Try\n```sh\nls *\n  -la\n```\nand tell us", "Try<pre>ls *\n  -la</pre>and tell us"],
    ["a\n\nb *c*", "a\n\nb <em>c</em>"],
  ])("%j", (text, tree) => expect(made(text)).toBe(tree));
});

test("a text with a mark is found without parsing it, and one without is not", () => {
  for (const text of ["**a**", "_a_", "`a`", "> a", "- a\n- b", "x\n 1. a\n 2. b"])
    expect(MARKED.test(text)).toBe(true);
  for (const text of ["Hello!", "At 10 - 12 h", "Call 0912 345 678.", "a-b, 1.5"])
    expect(MARKED.test(text)).toBe(false);
});

test("the text without marks is one for lists and notifications", () => {
  expect(plainText(parse("**Hello**\n- a\n- *b*")).split(/\s+/)).toEqual(["Hello", "a", "b", ""]);
});

test.each(["*", "**", "_", "`", "*a", "a*", "**a ", "> ", "- a\n", "```\n", "_*", "`a", "*a* ", "[", "https://"])(
  "five thousand characters of %j take no time",
  (part) => {
    const text = part.repeat(Math.ceil(5_000 / part.length));
    const began = performance.now();
    parse(text);
    expect(performance.now() - began).toBeLessThan(200);
  },
);

test("no character is lost or made", () => {
  const alphabet = ["*", "**", "_", "`", " ", "a", "đ", "\n", "> ", "- ", "1. ", "https://a.b/c_d", "👍"];
  let seed = 7;
  const next = () => (seed = (seed * 48271) % 2147483647);
  for (let round = 0; round < 2_000; round++) {
    const text = Array.from({ length: 12 }, () => alphabet[next() % alphabet.length]).join("");
    const bare = (given: string) => given.replace(/[*_`>\s\d.-]/g, "");
    expect(bare(plainText(parse(text)))).toBe(bare(text));
  }
});
