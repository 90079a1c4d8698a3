/** What can be copied out of a message with one click, and what cannot. */

import { expect, test } from "vitest";
import { parts } from "../../src/dashboard/views/messages/copyable";

const copied = (text: string) => parts(text).flatMap((part) => part.copied ?? []);

test.each([
  ["write to jonas.weber+shop@mail.example.com.", ["jonas.weber+shop@mail.example.com"]],
  ["call 0912 345 678 please", ["0912 345 678"]],
  ["+84 (0)912-345-678", ["+84 (0)912-345-678"]],
  ["my number is 0912345678.", ["0912345678"]],
  ["(028) 3822 9999", ["(028) 3822 9999"]],
  ["Order DH-20443 and #1042", ["DH-20443", "#1042"]],
  ["số đơn 10023455, mã VN2026X", ["10023455", "VN2026X"]],
  ["INV/2026/0042 is paid", ["INV/2026/0042"]],
  ["a@b.example or 0987 654 321", ["a@b.example", "0987 654 321"]],
])("%s", (text, found) => expect(copied(text)).toEqual(found));

test.each([
  "It costs 1.250.000 đ, or 12.500.000",
  "On 2026-11-29 or 29.11.2026",
  "between 10 and 12",
  "in 2026",
  "HELLO THERE",
  "iPhone 15, A4, B2B",
  "10:30 - 11:30",
  "ratio 3/4",
  "user@localhost",
  "",
])("%j has nothing to copy", (text) => expect(copied(text)).toEqual([]));

test("the parts are the text", () => {
  for (const text of ["x DH-20443 y", "0912 345 678", "a@b.example.", "--- 12345678 ---", "#", "đ12345678đ"]) {
    expect(
      parts(text)
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  }
});

test.each(["1", "1 ", "a", "A1-", "a.", "a@", "#", "(", "1.1-"])(
  "five thousand characters of %j take no time",
  (part) => {
    const text = part.repeat(Math.ceil(5_000 / part.length));
    const began = performance.now();
    parts(text);
    expect(performance.now() - began).toBeLessThan(200);
  },
);
