/** A filled form in plain text, as core/forms/texts.py has it. Pure. */

import type { FormField, Value, Values } from "./fields";

export function plainText(name: string, fields: readonly FormField[], values: Values): string {
  return [name, ...fields.map(({ key, label }) => `${label}: ${shown(values[key] ?? null)}`)].join("\n");
}

export function shown(value: Value): string {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "✓" : "✗";
  return typeof value === "string" ? value : value.join(", ");
}

/** Such a text, if `filled`, with its days as people of the language write them. A line ends with its answer. */
export const dated = (text: string, filled: unknown, language: string | undefined): string =>
  filled ? text.replace(/\b\d{4}-\d\d-\d\d$/gm, (day) => localDay(day, language)) : text;

/** A day YYYY-MM-DD; what is none stays as it is. */
export const localDay = (day: string, language: string | undefined): string => {
  const date = new Date(`${day}T00:00`);
  return +date ? date.toLocaleDateString(language, { dateStyle: "medium" }) : day;
};
