/** What a turn's step says about the articles that it was given. */

import { expect, test } from "vitest";
import { passagesIn } from "../../../src/dashboard/settings/assistant/model/passages";

const one = { number: 1, article: "a", version: 2, title: "Delivery", heading: "Abroad" };

test("the parts of articles are read, and a text that was cut has none", () => {
  expect(passagesIn(JSON.stringify([one]))).toEqual([one]);
  expect(passagesIn(JSON.stringify([{ title: "x" }, null, one]))).toEqual([one]);
  for (const text of ["", '[{"number": 1, "tit…', "{}", "null"]) expect(passagesIn(text)).toEqual([]);
});
