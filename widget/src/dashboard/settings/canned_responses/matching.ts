/** The responses that contain all words of a search, ignoring case and accents. Pure. */

import type { CannedResponse } from "../../../rest/types";

export function matching(responses: readonly CannedResponse[], words: string): readonly CannedResponse[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return responses;
  return responses.filter(({ shortcut, category, content }) => {
    const text = plain(`${shortcut} ${category} ${content}`);
    return wanted.every((word) => text.includes(word));
  });
}

/** Without accents and in lower case. Vietnamese đ has no decomposition. */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("đ", "d");
}
