/** What a page may say of its visitor. */

import { expect, test } from "vitest";
import { cleanFacts } from "../../../src/embed/parts/identify";

test("texts, whole numbers, yes or no and null are kept, the rest is not", () => {
  const facts = { name: "Mai", age: 30, pro: true, price: 1.5, none: null, gone: undefined };
  expect(cleanFacts(facts)).toEqual({ name: "Mai", age: 30, pro: true, none: null });
});
