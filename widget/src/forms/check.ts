/** Checks what was entered into a form before it is sent. The server checks again, with the same words. Pure. */

import type { Draft, FieldErrors, FormField, Value, Values } from "./fields";
import { decimalOf } from "./numbers";

const MAX_TEXT = 2_000; // characters of one answer
const NUMBER = /^-?\d{1,20}(\.\d{1,20})?$/; // the range of the server

export interface Checked {
  readonly values: Values;
  readonly errors: FieldErrors;
}

export function checked(fields: readonly FormField[], draft: Draft, language: string): Checked {
  const values: Record<string, Value> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const [value, error] = checkedField(field, draft[field.key], language);
    values[field.key] = value;
    if (error) errors[field.key] = error;
    else if (field.required && (value === null || value === false)) errors[field.key] = "required";
  }
  return { values, errors };
}

/** The value for the wire, and the error if there is one. */
function checkedField(field: FormField, entered: Draft[string] | undefined, language: string): [Value, string?] {
  const options = field.options ?? [];
  if (field.type === "boolean") return [entered === true];
  if (field.type === "multiselect") {
    const chosen = typeof entered === "object" ? options.filter((option) => entered.includes(option)) : [];
    return [chosen.length ? chosen : null];
  }
  const text = typeof entered === "string" ? entered.replace(/\0/g, "").trim() : "";
  if (!text) return [null];
  switch (field.type) {
    case "number": {
      const decimal = decimalOf(text, language);
      return decimal !== null && NUMBER.test(decimal) ? [decimal] : [null, "not_a_number"];
    }
    case "date":
      return isDate(text) ? [text] : [null, "not_a_date"];
    case "select":
      return options.includes(text) ? [text] : [null, "not_an_option"];
    default:
      return Array.from(text).length > MAX_TEXT ? [null, "too_long"] : [text];
  }
}

/** A day that exists, as YYYY-MM-DD. */
export function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(+at) && at.toISOString().startsWith(text);
}
