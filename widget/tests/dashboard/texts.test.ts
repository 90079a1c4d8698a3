/** Every dictionary says the same things in every language: no key is missing, none is left over, no value is forgotten. */

import { describe, expect, it } from "vitest";

import { en as door } from "../../src/dashboard/texts/door/en";
import { vi as doorVi } from "../../src/dashboard/texts/door/vi";
import { en as inbox } from "../../src/dashboard/texts/en";
import { en as settings } from "../../src/dashboard/texts/settings/en";
import { vi as settingsVi } from "../../src/dashboard/texts/settings/vi";
import { vi as inboxVi } from "../../src/dashboard/texts/vi";

type Dictionary = Readonly<Record<string, string>>;

const PAIRS: readonly (readonly [string, Dictionary, Dictionary])[] = [
  ["the inbox", inbox, inboxVi],
  ["the door", door, doorVi],
  ["the settings", settings, settingsVi],
];

function placeholders(text: string): readonly string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([found]) => found).sort();
}

describe.each(PAIRS)("the texts of %s", (_, english, vietnamese) => {
  it("have the same keys", () => {
    expect(Object.keys(vietnamese).sort()).toEqual(Object.keys(english).sort());
    expect(Object.keys(english).length).toBeGreaterThan(10);
  });

  it("say something under each, filled the same way", () => {
    for (const [key, text] of Object.entries(english)) {
      const other = vietnamese[key] ?? "";
      expect([text.trim(), other.trim()], key).not.toContain("");
      expect([key, ...placeholders(other)]).toEqual([key, ...placeholders(text)]);
    }
  });
});
