/** Truncates texts to their limits. */

/** At most `limit` code points: no split surrogate pairs, and no NUL, which Postgres cannot store. */
export function truncate(text: string, limit: number): string {
  return Array.from(text.replace(/\0/g, "")).slice(0, limit).join("");
}
