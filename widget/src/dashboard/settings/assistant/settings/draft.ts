/** The settings of the assistant in their form. Pure. */

import type { Assistant, AssistantChange } from "../../../../rest/types";

export interface SettingsDraft {
  readonly enabled: boolean;
  readonly mode: Assistant["mode"];
  readonly availability: Assistant["availability"];
  readonly name: string;
  readonly prompt: string;
  readonly fallback: string;
  readonly release_on_reopen: boolean;
  readonly daily_tokens: string; // as it is typed
}

export const FIELDS = [
  "enabled",
  "mode",
  "availability",
  "name",
  "prompt",
  "fallback",
  "release_on_reopen",
  "daily_tokens",
] as const satisfies readonly (keyof SettingsDraft)[];

const [MIN_TOKENS, MAX_TOKENS] = [1_000, 100_000_000];

export function draftOf(assistant: Assistant): SettingsDraft {
  const { enabled, mode, availability, name, prompt, fallback, release_on_reopen, daily_tokens } = assistant;
  return {
    enabled,
    mode,
    availability,
    name,
    prompt,
    fallback,
    release_on_reopen,
    daily_tokens: String(daily_tokens),
  };
}

/** What the author changed, for REST. `daily_tokens` must be valid. */
export function changeOf(before: Assistant, draft: SettingsDraft): Omit<AssistantChange, "version"> {
  const was = draftOf(before);
  const changed = FIELDS.filter((field) => was[field] !== draft[field]);
  return Object.fromEntries(
    changed.map((field) => [field, field === "daily_tokens" ? tokensOf(draft.daily_tokens) : draft[field]]),
  );
}

/** The number of tokens; null: the text is none. */
export function tokensOf(text: string): number | null {
  const digits = text.trim().replace(/[\s.,_]/g, "");
  const value = /^\d{1,10}$/.test(digits) ? Number(digits) : Number.NaN;
  return value >= MIN_TOKENS && value <= MAX_TOKENS ? value : null;
}

export type Fault = "required" | "tokens";

export function faultsOf({ name, daily_tokens }: SettingsDraft): ReadonlyMap<keyof SettingsDraft, Fault> {
  const found = new Map<keyof SettingsDraft, Fault>();
  if (name.trim() === "") found.set("name", "required");
  if (tokensOf(daily_tokens) === null) found.set("daily_tokens", "tokens");
  return found;
}
