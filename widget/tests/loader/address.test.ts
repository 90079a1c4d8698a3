/** Sanitising addresses, titles and facts before they leave the browser. */

import { expect, test } from "vitest";
import { truncate } from "../../src/chat/truncate";
import { publicUrl } from "../../src/loader/address";
import { cleanFacts } from "../../src/embed/parts/identify";

test.each([
  ["https://shop.example/a?x=1&token=s3cret&y=2", "https://shop.example/a?x=1&y=2"],
  ["https://shop.example/?Access_Token=1&password=2&client_secret=3&auth=4&code=5&api-key=6", "https://shop.example/"],
  ["https://shop.example/?postcode=1&keyword=2", "https://shop.example/?postcode=1&keyword=2"],
  ["https://user:pass@shop.example/", "https://shop.example/"],
  ["https://shop.example/#access_token=abc&x=1", "https://shop.example/"],
  ["https://shop.example/#/cart", "https://shop.example/#/cart"],
  ["file:///etc/passwd", ""],
  ["javascript:alert(1)", ""],
  ["nonsense", ""],
])("%s", (address, shown) => expect(publicUrl(address)).toBe(shown));

test("an address is truncated to its limit", () => {
  expect(publicUrl(`https://shop.example/${"a".repeat(5_000)}`)).toHaveLength(2_000);
});

test("truncating leaves no split surrogate pairs and no NUL", () => {
  expect(truncate("a\0b😀😀", 3)).toBe("ab😀");
});

test("only facts that the wire supports are kept", () => {
  const facts = { name: "An", age: 31, vip: true, ratio: 0.5, big: 1e300, nothing: null, long: "x".repeat(2_000) };
  expect(cleanFacts(facts)).toEqual({ name: "An", age: 31, vip: true, nothing: null, long: "x".repeat(1_000) });
  expect(
    Object.keys(cleanFacts(Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, at])))),
  ).toHaveLength(32);
});
