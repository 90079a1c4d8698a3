/** What pages pass to `Parley.set`: valid choices are used, others are named in the console. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checked } from "../../../src/embed/look/choices";
import { answerText, lookTexts } from "../../../src/embed/look/texts";

describe("the choices of a page", () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    vi.spyOn(console, "warn").mockImplementation((text: string) => void said.push(text));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("are used when they are valid; null is what the project has", () => {
    const look = {
      theme: "dracula",
      position: "left",
      offsetX: 0,
      label: false,
      hidden: true,
      greeting: null,
    } as const;
    expect(checked(look)).toEqual({ theme: "dracula", position: "left", offsetX: 0, label: false, hidden: true });
    expect(said).toEqual([]);
  });

  test.each([
    [{ theme: "hotdog" }, /^Parley.set: theme must be one of: system, light/],
    [{ offsetX: 2_000 }, "Parley.set: offsetX must be a whole number from 0 to 200."],
    [{ offsetY: 1.5 }, "Parley.set: offsetY must be a whole number from 0 to 200."],
    [{ greeting: "x".repeat(201) }, "Parley.set: greeting must be a text of at most 200 characters, or false."],
    [{ hidden: "yes" }, "Parley.set: hidden must be true or false."],
    [{ colour: "red" }, /^Parley.set: colour is not one of the names theme, position/],
    [{ toString: 1 }, /^Parley.set: toString is not one of the names/],
  ])("%o is left out with a warning", (look, warning) => {
    expect(checked(look as object)).toEqual({});
    expect(said[0]).toMatch(warning);
  });

  test("are not warned about twice", () => {
    checked({ icon: "cat" });
    checked({ icon: "cat" });
    expect(said).toHaveLength(1);
  });
});

describe("how fast the project answers", () => {
  test.each([
    [5, "We usually answer within a minute."],
    [61, "We usually answer in about 2 minutes."],
    [290, "We usually answer in about 5 minutes."],
    [301, "We usually answer in about 10 minutes."],
    [1_700, "We usually answer in about half an hour."],
    [3_600, "We usually answer in about an hour."],
    [5_000, "We usually answer in about 2 hours."],
    [40_000, "We usually answer within a day."],
    [400_000, "We usually answer within a few days."],
  ])("%i s is said in words", (seconds, text) => {
    expect(answerText(seconds, lookTexts("en"))).toBe(text);
  });

  test("is said in Vietnamese too", () => {
    expect(answerText(290, lookTexts("vi-VN"))).toBe("Chúng tôi thường trả lời sau khoảng 5 phút.");
  });
});
