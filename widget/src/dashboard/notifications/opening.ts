/** What the service worker tells an open tab after a click on a notification. */

import type { Id } from "../state/model";

export const OPEN = "open conversation";
export const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface Opening {
  readonly project: Id;
  readonly conversation: Id;
}

/** Null for other messages. */
export function openingOf(value: unknown): Opening | null {
  if (typeof value !== "object" || value === null) return null;
  const { type, project, conversation } = value as Record<string, unknown>;
  if (type !== OPEN || typeof project !== "string" || typeof conversation !== "string") return null;
  return ID.test(project) && ID.test(conversation) ? { project, conversation } : null;
}
