/** Fetches the visitor's message history over HTTP. */

import type { Which } from "../chat/chat";
import type { HistoryPage } from "../chat/store";
import type { History } from "../rest/types";

const TIMEOUT = 10_000; // ms

/** Fetches one page: the newest, or the one before or after a `seq`. Rejects when there is no valid response in
 *  time. */
export async function fetchHistory(url: string, key: string, which: Which): Promise<HistoryPage> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), TIMEOUT);
  const asked = Object.entries(which).map(([name, seq]) => `?${name}=${seq}`);
  try {
    const response = await fetch(url + asked.join(""), {
      headers: { Authorization: `Visitor ${key}` },
      signal: ending.signal,
      credentials: "omit",
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return (await response.json()) as History;
  } finally {
    clearTimeout(timer);
  }
}
