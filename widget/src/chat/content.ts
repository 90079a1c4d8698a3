/** What this version makes of the content of a message. A type that it does not know is no error. */

import type { Content } from "../wire/frames";

type Given = Content | null | undefined;

/** The types that the widget can show. */
const SHOWN: readonly unknown[] = ["assistant_turn", "form_request", "form_answer", "attachment"];

/** Whether only a newer widget can show the message. */
export function needsNewer(content: Given): boolean {
  return !!content && !SHOWN.includes(content["type"]);
}

/** The content in a list of conversations, as core/content.py has it; null: the body is shown. */
export function summaryOf(content: Given): string | null {
  const { type, name, values } = content ?? {};
  if (typeof name !== "string") return null;
  if (type === "form_request") return name;
  if (type !== "form_answer" || !Array.isArray(values)) return null;
  const said: readonly unknown[] = values.map((one) => one?.value);
  if (!said.every(isValue)) return null;
  const given = said.map((value) => (value === true ? "✓" : Array.isArray(value) ? value.join(", ") : value || ""));
  const text = given.filter(Boolean).join(", ");
  return text ? `${name}: ${text}` : name;
}

/** Whether it is what a field of a form can hold: null, text, a boolean or chosen options. */
function isValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((option) => typeof option === "string");
  return value === null || typeof value === "string" || typeof value === "boolean";
}
