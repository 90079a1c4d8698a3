/** Where the agent is, as the address bar says it: /app/p/PROJECT/c/CONVERSATION. */

import type { Id } from "../state/model";

export interface Place {
  readonly project: Id | null;
  readonly conversation: Id | null;
}

const PLACE = /^\/app\/p\/([0-9a-f-]{36})(?:\/c\/([0-9a-f-]{36}))?\/?$/;

export function placeOf(path: string): Place {
  const found = PLACE.exec(path);
  return { project: found?.[1] ?? null, conversation: found?.[2] ?? null };
}

export function pathOf({ project, conversation }: Place): string {
  if (project === null) return "/app";
  return conversation === null ? `/app/p/${project}` : `/app/p/${project}/c/${conversation}`;
}
