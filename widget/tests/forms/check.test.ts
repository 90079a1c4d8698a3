/** What was entered into a form, before it is sent. */

import { describe, expect, test } from "vitest";
import { checked, isDate } from "../../src/forms/check";
import { draftOf } from "../../src/forms/draft";
import { type FormField, isKnown } from "../../src/forms/fields";
import { plainText } from "../../src/forms/text";

const field = (type: string, more: Partial<FormField> = {}): FormField => ({ key: "a", label: "A", type, ...more });
const one = (given: FormField, entered?: string | boolean | readonly string[]) => {
  const { values, errors } = checked([given], entered === undefined ? {} : { a: entered }, "en");
  return [values["a"], errors["a"] ?? null];
};

describe("a value for the wire", () => {
  test.each([
    [field("text"), "  hello ", "hello"],
    [field("text"), "   ", null],
    [field("text"), "a\0b", "ab"],
    [field("number"), "1,234.50", "1234.5"],
    [field("date"), "2024-02-29", "2024-02-29"],
    [field("boolean"), true, true],
    [field("boolean"), undefined, false],
    [field("select", { options: ["S", "M"] }), "M", "M"],
    [field("select", { options: ["S", "M"] }), "", null],
    [field("multiselect", { options: ["S", "M", "L"] }), ["L", "S"], ["S", "L"]], // in the order of the form
    [field("multiselect", { options: ["S"] }), ["gone"], null],
    [field("multiselect", { options: ["S"] }), [], null],
  ])("%j with %j is %j", (given, entered, value) => expect(one(given, entered)).toEqual([value, null]));
});

describe("a field is refused with the server's word", () => {
  test.each([
    [field("text", { required: true }), "  ", "required"],
    [field("text"), "x".repeat(2_001), "too_long"],
    [field("number"), "twelve", "not_a_number"],
    [field("number"), "1".repeat(21), "not_a_number"],
    [field("date"), "2023-02-29", "not_a_date"],
    [field("boolean", { required: true }), false, "required"], // a consent
    [field("select", { options: ["S"] }), "XL", "not_an_option"],
    [field("multiselect", { options: ["S"], required: true }), [], "required"],
  ])("%j with %j: %s", (given, entered, code) => expect(one(given, entered)[1]).toBe(code));

  test("a text of the longest length in characters outside the BMP is accepted", () => {
    expect(one(field("text"), "😀".repeat(2_000))[1]).toBeNull();
  });
});

test.each([
  ["2024-02-29", true],
  ["2023-02-29", false],
  ["2024-13-01", false],
  ["24-01-01", false],
  ["2024-1-1", false],
  ["tomorrow", false],
])("%s is a day: %s", (text, valid) => expect(isDate(text)).toBe(valid));

test("a form with a field of a later version is not known", () => {
  expect(isKnown([field("text"), field("multiselect")])).toBe(true);
  expect(isKnown([field("text"), field("file")])).toBe(false);
});

test.each(["en", "vi", "de"])("a draft made from answers gives the same answers again in %s", (language) => {
  const fields = [
    field("number"),
    field("multiselect", { key: "b", options: ["x", "y"] }),
    field("date", { key: "c" }),
  ];
  for (const number of ["1.234", "1234.5", "-0.001", "1234567"]) {
    const values = { a: number, b: ["y"], c: null };
    expect(checked(fields, draftOf(fields, values, language), language).values).toEqual(values);
  }
});

test("a filled form in plain text", () => {
  const fields = ["text", "boolean", "multiselect", "date"].map((type, n) =>
    field(type, { key: `k${n}`, label: type }),
  );
  const values = { k0: "M", k1: false, k2: ["a", "b"], k3: null };
  expect(plainText("Order", fields, values)).toBe("Order\ntext: M\nboolean: ✗\nmultiselect: a, b\ndate: –");
});
