/** An article in its form: what differs from the saved one, and what keeps it from being sent. Pure. */

import type { Article, NewArticle } from "../../../../rest/types";

export type Draft = Required<NewArticle>;
export type Field = keyof Draft;
export type Fault = "required" | "too_long" | "not_a_url";

export const FIELDS = ["title", "language", "category", "url", "content"] as const satisfies readonly Field[];
export const MAX_CONTENT = 200_000; // code points
const NEAR = 0.9; // of that: from here on the editor counts

export function draftOf({ title, language, category, url }: Omit<Draft, "content"> | Article, content: string): Draft {
  return { title, language, category, url, content };
}

export function changeOf(base: Draft, draft: Draft): Partial<Draft> {
  return Object.fromEntries(
    FIELDS.filter((field) => draft[field] !== base[field]).map((field) => [field, draft[field]]),
  );
}

export function faultsOf({ title, url, content }: Draft): ReadonlyMap<Field, Fault> {
  const faults = new Map<Field, Fault>();
  if (title.trim() === "") faults.set("title", "required");
  if (url.trim() !== "" && !/^https?:\/\/[^\s/]+/.test(url.trim())) faults.set("url", "not_a_url");
  if (content.trim() === "") faults.set("content", "required");
  else if (nearLimit(content) > MAX_CONTENT) faults.set("content", "too_long");
  return faults;
}

/** The length in code points once the limit is near, else 0: it is counted at each key. */
export function nearLimit(content: string): number {
  if (content.length < MAX_CONTENT * NEAR) return 0;
  const length = lengthOf(content);
  return length < MAX_CONTENT * NEAR ? 0 : length;
}

function lengthOf(content: string): number {
  let length = 0;
  for (const _ of content) length++;
  return length;
}
