/** The draft to correct an answer in. Pure. */

import type { Draft, Entered, FormField, Values } from "./fields";
import { typedNumber } from "./numbers";

export function draftOf(fields: readonly FormField[], values: Values, language: string): Draft {
  const draft: Record<string, Entered> = {};
  for (const { key, type } of fields) {
    const value = values[key] ?? null;
    if (value !== null) draft[key] = type === "number" ? typedNumber(String(value), language) : value;
  }
  return draft;
}
