/** The emoji picker: names in both languages, search, the grid's keys, what was used last. */

import { describe, expect, test } from "vitest";
import { EMOJI } from "../../src/dashboard/emoji/data";
import { moved, movedIn } from "../../src/dashboard/emoji/picker";
import { matching, nameOf, recent, used } from "../../src/dashboard/emoji/search";
import { onlyEmoji } from "../../src/dashboard/state/emoji";

const signs = (query: string) => matching(query).map(({ sign }) => sign);

test("each has one sign and a name in both languages, and none comes twice", () => {
  expect(EMOJI.length).toBeGreaterThan(200);
  expect(new Set(EMOJI.map(({ sign }) => sign)).size).toBe(EMOJI.length);
  for (const emoji of EMOJI) {
    expect(onlyEmoji(emoji.sign), emoji.sign).toBe(true);
    expect(nameOf(emoji, "en"), emoji.sign).toMatch(/^\S/);
    expect(nameOf(emoji, "vi"), emoji.sign).toMatch(/^\S/);
  }
});

test.each([
  ["thumbs", "👍"],
  ["cảm ơn", "😊"],
  ["cam on", "🙏"],
  ["GIAO hang", "🚚"],
  ["order", "📦"],
  ["red heart", "❤️"],
])("%s finds %s", (query, sign) => expect(signs(query)).toContain(sign));

test("what begins with the word comes before what only has it", () => {
  expect(signs("love")[0]).toBe("🤟");
  expect(signs("")).toHaveLength(EMOJI.length);
  expect(signs("zzzz")).toEqual([]);
});

describe("the arrow keys", () => {
  test("stay inside one grid", () => {
    expect(moved("ArrowRight", 0, 20)).toBe(1);
    expect(moved("ArrowLeft", 0, 20)).toBe(0);
    expect(moved("ArrowDown", 3, 20)).toBe(11);
    expect(moved("ArrowDown", 15, 20)).toBe(15);
    expect(moved("a", 0, 20)).toBeNull();
  });

  test("keep the column between those used last and all", () => {
    expect(movedIn("ArrowDown", 2, 5, 40)).toBe(7);
    expect(movedIn("ArrowUp", 7, 5, 40)).toBe(2);
    expect(movedIn("ArrowUp", 12, 5, 40)).toBe(4);
    expect(movedIn("ArrowDown", 7, 10, 40)).toBe(9);
    expect(movedIn("ArrowDown", 9, 10, 40)).toBe(11);
    expect(movedIn("ArrowRight", 4, 5, 40)).toBe(5);
  });
});

test("those used last come first, without duplicates, and a broken storage is none", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const [one, two] = [EMOJI[3]!, EMOJI[9]!];
  for (const emoji of [one, two, one]) used(emoji, storage);
  expect(recent(storage)).toEqual([one, two]);
  for (const emoji of EMOJI) used(emoji, storage);
  expect(recent(storage)).toHaveLength(16);
  for (const broken of ["{", "7", '["x", 3]', "null"]) expect(recent({ getItem: () => broken })).toEqual([]);
  expect(recent(null)).toEqual([]);
});
