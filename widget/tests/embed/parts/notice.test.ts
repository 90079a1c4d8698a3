/** What a preview shows of an answer. */

import { expect, test } from "vitest";
import { firstLine } from "../../../src/embed/parts/notice";

test("the first line that says something is previewed", () => {
  expect(firstLine("Hello Jonas,\r\n\r\nyour pot is here.")).toBe("Hello Jonas,");
  expect(firstLine("\n  \nHello")).toBe("Hello");
  expect(firstLine(" \n ")).toBe("");
});
