/** The list of articles in the home, by category. */

import { expect, test } from "vitest";

import { shelved } from "../../../src/embed/home/articles";
import type { PublicArticleSnippet } from "../../../src/rest/types";

const article = (id: string, category: string): PublicArticleSnippet => ({
  id,
  category,
  title: id,
  snippet: "",
});

test("articles of a category stand together, and those without one are last", () => {
  const items = [article("1", "Orders"), article("2", ""), article("3", "Returns"), article("4", "Orders")];
  expect(shelved(items).map(({ id }) => id)).toEqual(["1", "4", "3", "2"]);
  expect(shelved([])).toEqual([]);
});
