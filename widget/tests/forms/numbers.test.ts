/** Numbers as people type them. */

import { describe, expect, test } from "vitest";
import { decimalOf } from "../../src/forms/numbers";

describe("a number is read in any locale", () => {
  test.each([
    ["12", "en", "12"],
    ["-12.50", "en", "-12.5"],
    ["−3", "en", "-3"], // the minus sign of a phone's keyboard
    ["+7", "en", "7"],
    ["1,234.5", "en", "1234.5"],
    ["1.234,5", "en", "1234.5"], // two kinds: the last one is the decimal separator
    ["1.234,5", "vi", "1234.5"],
    ["1,234,567", "vi", "1234567"],
    ["1.234.567", "en", "1234567"],
    ["1,234", "en", "1234"], // one before three digits: what it means in the language
    ["1,234", "vi", "1.234"],
    ["1.234", "vi", "1234"],
    ["1.234", "en", "1.234"],
    ["12,5", "en", "12.5"], // not before three digits: the decimal separator in any language
    ["12.5", "vi", "12.5"],
    ["1 234 567,8", "vi", "1234567.8"],
    ["1'234.5", "en", "1234.5"],
    ["１２", "vi", "12"], // full width
    [".5", "en", "0.5"],
    ["5.", "en", "5"],
    ["007", "en", "7"],
    ["-0", "en", "0"],
    ["0.000", "en", "0"],
    ["12345678901234567890.5", "en", "12345678901234567890.5"],
  ])("%s in %s is %s", (typed, language, decimal) => expect(decimalOf(typed, language)).toBe(decimal));
});

test.each(["", "-", ".", "abc", "1e5", "1-2", "1,23,4", "1.2.3,4", "1,2,3", "12a", "0x10", "1,234.567.8", "∞"])(
  "%j is no number",
  (typed) => {
    for (const language of ["en", "vi"]) expect(decimalOf(typed, language)).toBeNull();
  },
);
