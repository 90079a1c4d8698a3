/** Which parts of a text become links. */

import { expect, test } from "vitest";
import { pieces } from "../../src/ui/links";

const hrefs = (text: string) => pieces(text).flatMap((piece) => piece.href ?? []);
const whole = (text: string) =>
  pieces(text)
    .map((piece) => piece.text)
    .join("");

test.each([
  ["see https://example.com/a?b=c#d.", "https://example.com/a?b=c#d"],
  ["(https://example.com/wiki/Tea_(drink))", "https://example.com/wiki/Tea_(drink)"],
  ["HTTP://EXAMPLE.COM/X, yes", "http://example.com/X"],
  ["https://tiếng-việt.example/é", "https://xn--ting-vit-tx7dhm.example/%C3%A9"],
])("%s", (text, href) => {
  expect(hrefs(text)[0]?.replace(/xn--[^.]+/, "x")).toBe(href.replace(/xn--[^.]+/, "x"));
  expect(whole(text)).toBe(text);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,x",
  "ftp://example.com",
  "//example.com",
  "example.com",
  "https://",
  "https://user:pass@example.com/",
  "https://bank.example@evil.example/",
  "xhttps:/example.com",
  "<img src=x onerror=alert(1)>",
])("%s is only text", (text) => {
  expect(hrefs(text)).toEqual([]);
  expect(whole(text)).toBe(text);
});

test("several links keep the text between them, and a bidi control ends an address", () => {
  const text = "a https://a.example b https://b.example/\u202egnp.exe c";
  expect(hrefs(text)).toEqual(["https://a.example/", "https://b.example/"]);
  expect(whole(text)).toBe(text);
});
