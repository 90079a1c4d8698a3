/** The number before a page's title. */

import { expect, test } from "vitest";
import { countInTitle, withoutNumber } from "../../src/embed/title";

test("the number comes, changes and goes, and leaves every space of the page's title", () => {
  const text = { data: "\n  Cups   & plates " };
  countInTitle(1, text);
  expect(text.data).toBe("(1)\u00a0\n  Cups   & plates ");
  countInTitle(100, text);
  expect(text.data).toBe("(99+)\u00a0\n  Cups   & plates ");
  countInTitle(0, text);
  expect(text.data).toBe("\n  Cups   & plates ");
});

test("a title that the page has written meanwhile stays, its own number included", () => {
  const text = { data: "Cups" };
  countInTitle(2, text);
  text.data = "(2) Plates";
  countInTitle(0, text);
  expect(text.data).toBe("(2) Plates");
});

test("what the page has added to the title stays, and the number before it goes", () => {
  const text = { data: "Cups" };
  countInTitle(2, text);
  text.data += " · saved";
  countInTitle(0, text);
  expect(text.data).toBe("Cups · saved");
});

test("a title that is right already is not written", () => {
  const text = Object.freeze({ data: "Cups" });
  expect(() => countInTitle(0, text)).not.toThrow();
});

test("a page without a title gets none", () => {
  expect(() => countInTitle(1, null)).not.toThrow();
});

test("agents read the title without our number", () => {
  expect(withoutNumber("(99+)\u00a0Cups")).toBe("Cups");
  expect(withoutNumber("(3) Cups")).toBe("(3) Cups");
});
