/** What the buttons of the article editor do to Markdown. */

import { describe, expect, it } from "vitest";

import { type Mark, marked } from "../../src/dashboard/settings/knowledge/editor/markup";

/** `before` and the result have the selection between ‹ and ›. */
function after(mark: Mark, before: string): string {
  const start = before.indexOf("‹");
  const end = before.indexOf("›") - 1;
  const text = before.replace(/[‹›]/g, "");
  const edit = marked(mark, { text, start, end });
  const made = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
  const [from, to] = edit.selected;
  return `${made.slice(0, from)}‹${made.slice(from, to)}›${made.slice(to)}`;
}

describe("bold and italic", () => {
  it.each([
    ["bold", "send ‹three days› later", "send **‹three days›** later"],
    ["bold", "send **‹three days›** later", "send ‹three days› later"],
    ["bold", "send‹ three ›days", "send **‹three›** days"],
    ["bold", "‹›", "**‹›**"],
    ["bold", "**‹›**", "‹›"],
    ["italic", "a ‹b› c", "a *‹b›* c"],
    ["italic", "a *‹b›* c", "a ‹b› c"],
    ["italic", "a **‹b›** c", "a ***‹b›*** c"],
    ["italic", "a ***‹b›*** c", "a **‹b›** c"],
    ["bold", "a ***‹b›*** c", "a *‹b›* c"],
    ["bold", "a *‹b›* c", "a ***‹b›*** c"],
  ] as const)("%s: %s", (mark, before, expected) => {
    expect(after(mark, before)).toBe(expected);
  });
});

describe("links", () => {
  it.each([
    ["read ‹the list›.", "read [the list](‹https://›)."],
    ["see ‹https://shop.example/a›", "see [‹›](https://shop.example/a)"],
    ["‹›", "[‹›](https://)"],
  ])("%s", (before, expected) => {
    expect(after("link", before)).toBe(expected);
  });
});

describe("headings", () => {
  it.each([
    ["a\nDel‹›ivery\nb", "a\n## Del‹›ivery\nb"],
    ["## Del‹›ivery", "### Del‹›ivery"],
    ["### Del‹›ivery", "Del‹›ivery"],
    ["# Del‹›ivery", "## Del‹›ivery"],
    ["‹›", "## ‹›"],
    ["a\n‹›", "a\n## ‹›"],
    ["‹›\na", "## ‹›\na"],
  ])("%j", (before, expected) => {
    expect(after("heading", before)).toBe(expected);
  });
});

describe("lists", () => {
  it.each([
    ["list", "‹one\ntwo›", "‹- one\n- two›"],
    ["list", "‹- one\n- two›", "‹one\ntwo›"],
    ["list", "‹1. one\n2. two›", "‹- one\n- two›"],
    ["numbers", "‹- one\n\n- two›", "‹1. one\n\n2. two›"],
    ["numbers", "‹1. one\n2. two›", "‹one\ntwo›"],
    ["list", "‹one\n›two", "‹- one›\ntwo"],
    ["list", "a\n‹›", "a\n- ‹›"],
  ] as const)("%s: %j", (mark, before, expected) => {
    expect(after(mark, before)).toBe(expected);
  });
});
