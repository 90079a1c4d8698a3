/** Finding links in text. */

import { expect, test } from "vitest";
import { pieces, shortAddress } from "../../src/ui/links";

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

test("the text between several links is kept, and a bidi control character ends an address", () => {
  const text = "a https://a.example b https://b.example/\u202egnp.exe c";
  expect(hrefs(text)).toEqual(["https://a.example/", "https://b.example/"]);
  expect(whole(text)).toBe(text);
});

test.each([
  // Punctuation of other scripts ends an address.
  ["看 https://shop.example/a。谢谢", "https://shop.example/a"],
  ["https://shop.example，欢迎", "https://shop.example"],
  ["（https://shop.example/a）", "https://shop.example/a"],
  ["「https://shop.example/a」", "https://shop.example/a"],
  ["“https://shop.example/a”", "https://shop.example/a"],
  ["„https://shop.example/a“", "https://shop.example/a"],
  ["«https://shop.example/a»", "https://shop.example/a"],
  ["it’s ‘https://shop.example/a’", "https://shop.example/a"],
  ["هل https://shop.example/a؟", "https://shop.example/a"],
  ["https://shop.example/a।", "https://shop.example/a"],
  ["more: https://shop.example/a…", "https://shop.example/a"],
  // Surrounding brackets and punctuation belong to the sentence; brackets opened inside belong to the address.
  ["[https://shop.example]", "https://shop.example"],
  ["[https://shop.example/a]", "https://shop.example/a"],
  ["[here](https://shop.example/a)", "https://shop.example/a"],
  ["**https://shop.example/a**", "https://shop.example/a"],
  ["_https://shop.example/snake_case_", "https://shop.example/snake_case"],
  ["'https://shop.example/a'", "https://shop.example/a"],
  ["(see https://shop.example/a).", "https://shop.example/a"],
  ["https://shop.example/a[1]", "https://shop.example/a[1]"],
  ["https://en.wikipedia.example/wiki/Tea_(drink)", "https://en.wikipedia.example/wiki/Tea_(drink)"],
  // Punctuation inside an address is kept.
  [
    "https://en.wikipedia.example/wiki/Schr%C3%B6dinger's_cat",
    "https://en.wikipedia.example/wiki/Schr%C3%B6dinger's_cat",
  ],
  ["https://shop.example/p?size=s|m", "https://shop.example/p?size=s|m"],
  ["https://shop.example/Schrödinger", "https://shop.example/Schrödinger"],
  ["https://bücher.example/a, ja", "https://bücher.example/a"],
  ["https://shop.example/🙂!", "https://shop.example/🙂"],
])("%s links %s", (text, address) => {
  const links = pieces(text).filter((piece) => piece.href !== null);
  expect(links.map((piece) => piece.text)).toEqual([address]);
  expect(whole(text)).toBe(text);
});

test("a long run of punctuation inside an address stays one link", () => {
  for (const mark of ["*", ")", "]", "_", "!"])
    expect(hrefs(`https://shop.example/a${mark.repeat(4_900)}`)).toHaveLength(1);
});

test.each([")", "*"])("dots and then many %s are read in linear time", (mark) => {
  const began = performance.now();
  const text = `${mark === "*" ? "*" : ""}https://shop.example/a${".".repeat(2_400)}${mark.repeat(2_400)}`;
  expect(hrefs(text)).toEqual(["https://shop.example/a"]);
  expect(performance.now() - began).toBeLessThan(2_000);
});

test("the short form of an address has no scheme and no trailing slash", () => {
  expect(shortAddress("https://shop.example/")).toBe("shop.example");
  expect(shortAddress("https://shop.example/a?b=c")).toBe("shop.example/a?b=c");
  expect(shortAddress("no address")).toBe("no address");
});
