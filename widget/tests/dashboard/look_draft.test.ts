/** A look while it is edited. */

import { expect, test } from "vitest";

import { draftOf, LANGUAGES, lookOf, textsOf } from "../../src/dashboard/settings/appearance/draft";

test("the widget's languages are those that it has files of", () => {
  expect(LANGUAGES).toEqual(["en", "vi"]);
});

test("texts of a language that this release does not speak are kept", () => {
  const look = { texts: { de: { label: "Hallo" } } };
  const draft = draftOf(look);
  expect(textsOf(draft, "vi").label).toBe("");
  expect(lookOf(draft, look).texts?.["de"]?.label).toBe("Hallo");
});
