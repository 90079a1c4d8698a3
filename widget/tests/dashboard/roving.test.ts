/** Roving tabindex of the list. */

import { expect, it } from "vitest";

import { destination, stopIndex } from "../../src/dashboard/views/list/roving";

const ROWS = ["a", "b", "c", "d", "e"].map((id) => ({ id }));

it("is the row last used, else the open one, else the first in sight", () => {
  expect(stopIndex(ROWS, ["c", "a"], 0)).toBe(2);
  expect(stopIndex(ROWS, ["gone", "b"], 0)).toBe(1);
  expect(stopIndex(ROWS, [null, null], 3)).toBe(3);
  expect(stopIndex(ROWS, [null], 99)).toBe(4);
  expect(stopIndex([], ["a"], 0)).toBe(-1);
});

it("moves by row, by page and to either end, and stops there", () => {
  const to = (key: string, at: number) => destination(key, at, ROWS.length, 3);
  expect([to("ArrowDown", 0), to("ArrowUp", 1), to("PageDown", 0), to("PageUp", 4)]).toEqual([1, 0, 3, 1]);
  expect([to("Home", 3), to("End", 0), to("PageDown", 3)]).toEqual([0, 4, 4]);
  expect([to("ArrowDown", 4), to("ArrowUp", 0), to("Tab", 2), destination("End", 0, 0, 3)]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
