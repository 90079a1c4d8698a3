/** A form in a message: the request, the answer, and the state that both faces show. Pure. */

import type { Content } from "../wire/frames";
import type { FormField, Value } from "./fields";

export type FormState = "open" | "filling" | "answered" | "expired" | "cancelled";

export interface FormRequest {
  readonly template: string;
  readonly name: string;
  readonly description: string;
  readonly fields: readonly FormField[];
  readonly expires_at: number | null; // ms since the epoch
  readonly state: string; // as the server said last
}

export interface FormAnswer {
  readonly template: string;
  readonly name: string;
  readonly request: string | null; // null: an agent filled it, or the visitor before the chat
  readonly version: number;
  readonly removed: boolean;
  readonly values: readonly { readonly key: string; readonly label: string; readonly value: Value }[];
}

type Given = Content | null | undefined;

/** Null for other content, and for a request of a later form. */
export function requestOf(content: Given): FormRequest | null {
  if (content?.["type"] !== "form_request") return null;
  const { template, name, description, fields, expires_at, state } = content as Partial<FormRequest>;
  if (typeof name !== "string" || !Array.isArray(fields) || !fields.every(isField)) return null;
  return {
    template: String(template),
    name,
    description: String(description ?? ""),
    fields,
    expires_at: typeof expires_at === "number" ? expires_at : null,
    state: String(state ?? "open"),
  };
}

export function answerOf(content: Given): FormAnswer | null {
  if (content?.["type"] !== "form_answer") return null;
  const { template, name, values, request, version, removed } = content as Partial<FormAnswer>;
  if (typeof name !== "string" || !Array.isArray(values) || !values.every((one) => one && isValue(one.value)))
    return null;
  return {
    template: String(template),
    name,
    values,
    request: typeof request === "string" ? request : null,
    version: Number(version ?? 1),
    removed: removed === true,
  };
}

function isField(field: Partial<FormField> | null): boolean {
  return typeof field?.key === "string" && typeof field.label === "string" && typeof field.type === "string";
}

function isValue(value: unknown): boolean {
  if (value === null || typeof value === "boolean" || typeof value === "string") return true;
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** The state at `now`: the time decides before the server has said so. `said`: what the server said last. */
export function stateOf(said: unknown, expires_at: number | null, now: number): FormState {
  if (said === "answered" || said === "cancelled" || said === "expired") return said;
  if (expires_at !== null && expires_at <= now) return "expired";
  return said === "filling" ? "filling" : "open";
}
