/** The unread count in front of a page's title. */

import { expect, test } from "vitest";
import { countInTitle, withoutNumber } from "../../src/embed/title";

test("the count is added, changed and removed, and every space of the page's title stays", () => {
  const text = { data: "\n  Cups   & plates " };
  countInTitle(1, text);
  expect(text.data).toBe("(1)\u00a0\n  Cups   & plates ");
  countInTitle(100, text);
  expect(text.data).toBe("(99+)\u00a0\n  Cups   & plates ");
  countInTitle(0, text);
  expect(text.data).toBe("\n  Cups   & plates ");
});

test("a title that the page has changed meanwhile stays, with its own number", () => {
  const text = { data: "Cups" };
  countInTitle(2, text);
  text.data = "(2) Plates";
  countInTitle(0, text);
  expect(text.data).toBe("(2) Plates");
});

test("text that the page has added to the title stays, and our count is removed", () => {
  const text = { data: "Cups" };
  countInTitle(2, text);
  text.data += " · saved";
  countInTitle(0, text);
  expect(text.data).toBe("Cups · saved");
});

test("a title that is already correct is not written", () => {
  const text = Object.freeze({ data: "Cups" });
  expect(() => countInTitle(0, text)).not.toThrow();
});

test("a page without a title gets none", () => {
  expect(() => countInTitle(1, null)).not.toThrow();
});

test("agents see the title without our count", () => {
  expect(withoutNumber("(99+)\u00a0Cups")).toBe("Cups");
  expect(withoutNumber("(3) Cups")).toBe("(3) Cups");
});
