/** The colours of the tokens have the contrast that WCAG asks for, in both themes. */

import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

const sheet = readFileSync(new URL("../../src/ui/tokens.css", import.meta.url), "utf8");
const [light = "", dark = ""] = sheet.split(':root[data-theme="dark"]');

const TEXT = 4.5;
const EDGE = 3;
const GROUNDS = ["page", "surface", "raised", "sunken"];

function colour(theme, name) {
  const found = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(theme);
  if (found?.[1] === undefined) throw new Error(`no colour --${name}`);
  return found[1];
}

/** Relative luminance, as WCAG defines it. */
function luminance(hex) {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(theme, one, other) {
  const [darker = 0, lighter = 0] = [one, other].map((name) => luminance(colour(theme, name))).sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

describe.each([
  ["light", light],
  ["dark", dark],
])("in the %s theme", (_, theme) => {
  test.each(GROUNDS)("fields, switches and focus rings have an edge on %s", (ground) => {
    expect(contrast(theme, "edge", ground)).toBeGreaterThanOrEqual(EDGE);
    expect(contrast(theme, "focus", ground)).toBeGreaterThanOrEqual(EDGE);
    expect(contrast(theme, "bad", ground)).toBeGreaterThanOrEqual(EDGE);
  });

  test("a field for notes has an edge", () => {
    expect(contrast(theme, "note-edge", "note")).toBeGreaterThanOrEqual(EDGE);
    expect(contrast(theme, "note-edge", "surface")).toBeGreaterThanOrEqual(EDGE);
  });

  test.each(GROUNDS)("text is readable on %s", (ground) => {
    for (const text of ["text", "text-soft", "text-faint", "link", "accent-text", "bad-text"])
      expect(contrast(theme, text, ground)).toBeGreaterThanOrEqual(TEXT);
  });
});
