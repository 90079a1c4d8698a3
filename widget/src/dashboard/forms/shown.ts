/** Answers as people read them. Pure. */

import type { FormField, Value } from "../../forms/fields";
import { localDay, shown } from "../../forms/text";
import type { FormTranslate } from "./i18n";

const DECIMAL = /^-?\d+(\.\d+)?$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const MAX_EXACT = 15; // digits that a number holds

/** `type`: of the field, if it is known; an answer has none. */
export function readable(value: Value, type: string | undefined, language: string, t: FormTranslate): string {
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value !== "string") return shown(value);
  if (type === "number" && DECIMAL.test(value) && value.length <= MAX_EXACT)
    return new Intl.NumberFormat(language, { maximumFractionDigits: 20 }).format(Number(value));
  if (type === "date" && DATE.test(value)) return localDay(value, language);
  return value;
}

/** The fields to correct an answer in: those that it was asked with, as far as they are known. */
export function fieldsOf(
  values: readonly { readonly key: string; readonly label: string; readonly value: Value }[],
  known: readonly FormField[],
): readonly FormField[] {
  return values.map(({ key, label, value }) => {
    const field = known.find((one) => one.key === key);
    const lines = typeof value === "string" && value.includes("\n");
    if (field !== undefined) return { ...field, label, lines: lines && field.type === "text" };
    if (typeof value === "boolean") return { key, label, type: "boolean" };
    if (Array.isArray(value)) return { key, label, type: "multiselect", options: value };
    return { key, label, type: "text", lines };
  });
}
