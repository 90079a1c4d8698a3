/** Texts within their limits. */

/** At most `limit` code points, no half characters, nothing that Postgres cannot hold. */
export function truncate(text: string, limit: number): string {
  return Array.from(text.replace(/\0/g, "")).slice(0, limit).join("");
}
