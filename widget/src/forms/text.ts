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
