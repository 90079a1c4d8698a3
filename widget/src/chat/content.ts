/** What this version makes of the content of a message. A type that it does not know is no error. */

import type { Content } from "../wire/frames";

type Given = Content | null | undefined;

/** The types that the widget can show. */
const SHOWN: readonly unknown[] = ["assistant_turn", "form_request", "form_answer"];

/** Whether only a newer widget can show the message. */
export function needsNewer(content: Given): boolean {
  return !!content && !SHOWN.includes(content["type"]);
}

/** The content in a list of conversations, as core/content.py has it; null: the body is shown. */
export function summaryOf(content: Given): string | null {
  const { type, name, values } = content ?? {};
  if (typeof name !== "string") return null;
  if (type === "form_request" || type === "attachment") return name;
  if (type !== "form_answer" || !Array.isArray(values)) return null;
  const given: string[] = [];
  for (const one of values) {
    const text = shown(one?.value);
    if (text === null) return null;
    if (text) given.push(text);
  }
  return given.length ? `${name}: ${given.join(", ")}` : name;
}

/** One value in a summary; null: of a later version. */
function shown(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (value === null || typeof value === "boolean") return value ? "✓" : "";
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value.join(", ") : null;
}
