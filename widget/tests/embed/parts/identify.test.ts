/** Which facts of a page are kept. */

import { expect, test } from "vitest";
import { cleanFacts } from "../../../src/embed/parts/identify";

test("strings, integers, booleans and null are kept, other values are dropped", () => {
  const facts = { name: "Mai", age: 30, pro: true, price: 1.5, none: null, gone: undefined };
  expect(cleanFacts(facts)).toEqual({ name: "Mai", age: 30, pro: true, none: null });
});
