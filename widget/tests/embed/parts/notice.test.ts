/** The text of a preview. */

import { expect, test } from "vitest";
import { firstLine } from "../../../src/embed/parts/notice";

test("the preview is the first line that is not blank", () => {
  expect(firstLine("Hello Jonas,\r\n\r\nyour pot is here.")).toBe("Hello Jonas,");
  expect(firstLine("\n  \nHello")).toBe("Hello");
  expect(firstLine(" \n ")).toBe("");
});
