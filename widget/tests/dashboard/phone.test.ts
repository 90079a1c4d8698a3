/** A phone: what counts as a swipe back, and how high the app is above the keyboard. */

import { describe, expect, it } from "vitest";

import { heightAbove } from "../../src/dashboard/views/phone/on_screen_keyboard";
import { isSwipeBack } from "../../src/dashboard/views/phone/swipe";

describe("a swipe back", () => {
  const from = { x: 40, y: 300, at: 0 };
  it.each([
    ["to the right", { x: 130, y: 310, at: 200 }, true],
    ["too short", { x: 100, y: 300, at: 200 }, false],
    ["to the left", { x: -60, y: 300, at: 200 }, false],
    ["steep, so a scroll", { x: 130, y: 380, at: 200 }, false],
    ["slow, so a selection", { x: 300, y: 300, at: 1_500 }, false],
  ])("%s", (_, to, back) => {
    expect(isSwipeBack(from, to)).toBe(back);
  });
});

describe("the app", () => {
  it("ends above the keyboard", () => {
    expect(heightAbove(844, { height: 508.4, scale: 1 })).toBe(508);
  });

  it("has the whole page without one, and while the reader has zoomed in", () => {
    expect(heightAbove(844, { height: 844, scale: 1 })).toBeNull();
    expect(heightAbove(844, { height: 790, scale: 1 })).toBeNull(); // the browser's bars
    expect(heightAbove(844, { height: 400, scale: 2 })).toBeNull();
  });
});
