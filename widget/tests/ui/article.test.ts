/** The Markdown of articles as elements: what each mark becomes, that nothing hostile becomes an element, and that any
 *  text takes linear time. */

import { describe, expect, test } from "vitest";
import HOSTILE from "../../../tests/unit/server/api/hostile_markdown.json";
import { type ArticleElement, type ArticleNode, parseArticle } from "../../src/ui/article";

/** The tree as text, with tags in angle brackets. */
function shown(nodes: readonly ArticleNode[]): string {
  return nodes
    .map((node) => {
      if (typeof node === "string") return node;
      const facts = [node.start, node.href].filter((fact) => fact !== undefined).map((fact) => ` ${fact}`);
      return `<${node.tag}${facts.join("")}>${shown(node.children)}</${node.tag}>`;
    })
    .join("");
}
const made = (text: string) => shown(parseArticle(text));

function* elements(nodes: readonly ArticleNode[]): Generator<ArticleElement> {
  for (const node of nodes) {
    if (typeof node === "string") continue;
    yield node;
    yield* elements(node.children);
  }
}

function depth(nodes: readonly ArticleNode[]): number {
  return Math.max(0, ...nodes.map((node) => (typeof node === "string" ? 0 : 1 + depth(node.children))));
}

describe("blocks", () => {
  test.each([
    ["one\ntwo\n\nthree", "<p>one\ntwo</p><p>three</p>"],
    ["# Title\ntext", "<h2>Title</h2><p>text</p>"],
    ["## A ##\n### B\n## C", "<h2>A</h2><h3>B</h3><h2>C</h2>"],
    ["#### A\n# B\n###### C", "<h2>A</h2><h2>B</h2><h3>C</h3>"],
    ["Title\n=====\nSub\n---\ntext", "<h2>Title</h2><h3>Sub</h3><p>text</p>"],
    ["#no heading", "<p>#no heading</p>"],
    ["a\n\n---\n\nb\n* * *", "<p>a</p><hr></hr><p>b</p><hr></hr>"],
    ["> quoted *text*\n> more\n\nafter", "<blockquote><p>quoted <em>text</em>\nmore</p></blockquote><p>after</p>"],
    ["- one\n- two", "<ul><li>one</li><li>two</li></ul>"],
    ["* one\n\n* two", "<ul><li><p>one</p></li><li><p>two</p></li></ul>"],
    ["3. a\n4. b", "<ol 3><li>a</li><li>b</li></ol>"],
    ["- a\n  - b\n    more\n- c", "<ul><li>a<ul><li>b\nmore</li></ul></li><li>c</li></ul>"],
    ["1. a\n   ```\n   x\n   ```\n2. b", "<ol 1><li>a<pre>x</pre></li><li>b</li></ol>"],
    ["- a\nlazy\n\nafter", "<ul><li>a\nlazy</li></ul><p>after</p>"],
    ["- a\n+ b", "<ul><li>a</li></ul><ul><li>b</li></ul>"],
    ["In\n2024. Year", "<p>In\n2024. Year</p>"],
    ["Try\n```sh\nls *\n  -la\n```\nnow", "<p>Try</p><pre>ls *\n  -la</pre><p>now</p>"],
    ["~~~~\n```\n~~~\n~~~~", "<pre>```\n~~~</pre>"],
    ["```\nnever closed", "<pre>never closed</pre>"],
    [
      "| a | b |\n|---|:-:|\n| 1 \\| 2 | *x* |\n| 3 |\nafter",
      "<table><thead><tr><th>a</th><th>b</th></tr></thead>" +
        "<tbody><tr><td>1 | 2</td><td><em>x</em></td></tr><tr><td>3</td><td></td></tr></tbody></table><p>after</p>",
    ],
    ["a | b\nc | d", "<p>a | b\nc | d</p>"],
    ["line  \nbroken\\\nagain", "<p>line<br></br>broken<br></br>again</p>"],
    ["a\r\nb\r\n\r\nc", "<p>a\nb</p><p>c</p>"],
    ["", ""],
    [" \n\n ", ""],
  ])("%j", (text, tree) => expect(made(text)).toBe(tree));
});

describe("marks in a line", () => {
  test.each([
    ["**bold** and *it*, __b__ _i_", "<strong>bold</strong> and <em>it</em>, <strong>b</strong> <em>i</em>"],
    ["**a *b* c**", "<strong>a <em>b</em> c</strong>"],
    ["snake_case_name, 5*3*2, 2 * 3", "snake_case_name, 5*3*2, 2 * 3"],
    ["\\*not\\* \\[x\\](y)", "*not* [x](y)"],
    ["`a *b* \\` ``c ` d``", "<code>a *b* \\</code> <code>c ` d</code>"],
    ["`open", "`open"],
    ["[text](https://a.b/c)", "<a https://a.b/c>text</a>"],
    ['[a *b*](<https://a.b/c d> "t")', "<a https://a.b/c%20d>a <em>b</em></a>"],
    ["[a](https://a.b/x_(y))!", "<a https://a.b/x_(y)>a</a>!"],
    ["**[a](https://a.b)**", "<strong><a https://a.b/>a</a></strong>"],
    ["[a] (b) [c", "[a] (b) [c"],
    ["see https://a.b/c_d_e.", "see <a https://a.b/c_d_e>https://a.b/c_d_e</a>."],
    ["<https://a.b/?x=1>", "<a https://a.b/?x=1>https://a.b/?x=1</a>"],
    ["[https://a.b](https://c.d/)", "<a https://c.d/>https://a.b</a>"],
    ["![a cat](https://img.example/cat.png)", "<a https://img.example/cat.png>a cat</a>"],
    ["![](https://img.example/cat.png)", "<a https://img.example/cat.png>img.example/cat.png</a>"],
    ["[![logo](https://i.example/l.png)](https://a.b/)", "<a https://a.b/>logo</a>"],
    ["Xin **chào**, đơn *hàng*", "Xin <strong>chào</strong>, đơn <em>hàng</em>"],
  ])("%j", (text, tree) => expect(made(text)).toBe(`<p>${tree}</p>`));
});

describe("hostile text", () => {
  test("there are many examples", () => expect(HOSTILE.length).toBeGreaterThanOrEqual(40));
  test.each(HOSTILE)("%j", (text) => {
    for (const { tag, href } of elements(parseArticle(text))) {
      expect(tag).toMatch(/^(p|strong|em|code|pre|a|br|hr|[uo]l|li|blockquote|h[2-6]|table|t(head|body|r|h|d))$/);
      expect(href === undefined).toBe(tag !== "a");
      if (href !== undefined) {
        const url = new URL(href);
        expect(url.protocol).toMatch(/^https?:$/);
        expect(url.username + url.password).toBe("");
      }
    }
  });
  test("a link holds no other link", () => {
    for (const text of HOSTILE)
      for (const link of elements(parseArticle(text)))
        if (link.tag === "a") expect([...elements(link.children)].filter(({ tag }) => tag === "a")).toEqual([]);
  });
});

const PARTS = [
  ...[
    "*",
    "**",
    "_",
    "`",
    "``` ",
    "[",
    "]",
    "![",
    "](",
    "[a](",
    "<",
    ">",
    "> ",
    "- ",
    "1. ",
    "#",
    "# ",
    "|",
    "|-",
    "\\",
  ],
  ...["[a](https://a.b)", "[*a ", "*a _b ", "](u)*", "[x](<", '](a "', "](a '", "]( ", " ", "\n", "- a\n", "> a\n"],
  ...["https://", "<https://", "`a``", "a|b\n-|-\n", "  - ", "~~~\n", "    ", "[*b ](https://a.b)*"],
];

test.each(PARTS)("two hundred thousand characters of %j take no time and are not deep", (part) => {
  for (const text of [part.repeat(200_000 / part.length), `[a](${part.repeat(199_000 / part.length)}`]) {
    const began = performance.now();
    const nodes = parseArticle(text);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(depth(nodes)).toBeLessThan(80);
  }
});

test("the deepest nesting that authors can write is shown", () => {
  const text = "[*a ".repeat(50_000) + "](https://a.b)* ".repeat(10_000);
  expect(depth(parseArticle(text))).toBeLessThan(80);
  const quotes = `${"> ".repeat(10_000)}x`;
  expect(depth(parseArticle(quotes))).toBeLessThan(20);
});

test("no word is lost", () => {
  const alphabet = ["*", "_", "`", " ", "x", "đ", "\n", "> ", "- ", "1. ", "# ", "|", "[", "](https://a.b)", "\\"];
  let seed = 7;
  const next = () => (seed = (seed * 48271) % 2147483647);
  const words = (nodes: readonly ArticleNode[]): string =>
    nodes.map((node) => (typeof node === "string" ? node : words(node.children))).join("");
  for (let round = 0; round < 3_000; round++) {
    const text = Array.from({ length: 14 }, () => alphabet[next() % alphabet.length]).join("");
    if (text.includes("```")) continue; // the word behind a fence names a language
    const bare = (given: string) => given.replace(/[^xđ]/g, "");
    expect(bare(words(parseArticle(text)))).toBe(bare(text));
  }
});
