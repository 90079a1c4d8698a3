/** The project's own model in its form. Pure. */

import type { OwnProvider, OwnProviderInput } from "../../../../rest/types";

export interface OwnModelDraft {
  readonly base_url: string;
  readonly model: string;
  readonly temperature: string; // as it is typed; empty: the model's default
  readonly key: string; // a new one; empty: the stored one stays
  readonly forget: boolean; // the stored key is removed
}

export const FIELDS = ["base_url", "model", "temperature", "key"] as const;

export type OwnModelFault = "url" | "required" | "temperature";

export function draftOf(saved: OwnProvider): OwnModelDraft {
  const { base_url, model, temperature } = saved;
  return { base_url, model, temperature: temperature === null ? "" : String(temperature), key: "", forget: false };
}

export function isChanged(saved: OwnProvider, draft: OwnModelDraft): boolean {
  const was = draftOf(saved);
  return FIELDS.some((field) => was[field] !== draft[field]) || draft.forget;
}

/** For REST. The draft must have no faults. */
export function inputOf(version: number, draft: OwnModelDraft): OwnProviderInput {
  const key = draft.key.trim();
  const { value: temperature } = temperatureOf(draft.temperature);
  const common = { version, base_url: draft.base_url.trim(), model: draft.model.trim(), temperature };
  if (key !== "") return { ...common, key };
  return draft.forget ? { ...common, key: "" } : common;
}

/** The number that the text says; `fits`: it is one, or there is none. */
export function temperatureOf(text: string): { readonly value: number | null; readonly fits: boolean } {
  const typed = text.trim().replace(",", ".");
  if (typed === "") return { value: null, fits: true };
  const value = /^\d(\.\d{1,6})?$/.test(typed) ? Number(typed) : Number.NaN;
  return value >= 0 && value <= 2 ? { value, fits: true } : { value: null, fits: false };
}

export function faultsOf(draft: OwnModelDraft): ReadonlyMap<keyof OwnModelDraft, OwnModelFault> {
  const found = new Map<keyof OwnModelDraft, OwnModelFault>();
  if (!/^https?:\/\/[^\s]+$/.test(draft.base_url.trim())) found.set("base_url", "url");
  if (draft.model.trim() === "") found.set("model", "required");
  if (!temperatureOf(draft.temperature).fits) found.set("temperature", "temperature");
  return found;
}
