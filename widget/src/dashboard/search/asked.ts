/** Opens the search, with a text or with the one of the last time. */

import type { Go } from "../views/hooks";

let text = "";

export function openSearch(go: Pick<Go, "dialog">, asked = text): void {
  text = asked.trim();
  go.dialog("search");
}

/** What the search begins with. */
export function askedFor(): string {
  return text;
}

export function remember(asked: string): void {
  text = asked;
}
