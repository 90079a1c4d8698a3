/** The visitor's past messages over HTTP. */

import type { Which } from "../chat/chat";
import type { HistoryPage } from "../chat/store";

const ANSWER_TIMEOUT = 10_000; // ms

/** One page: the newest, or before or after a `seq`. Rejects when there is no good answer in time. */
export async function fetchHistory(url: string, key: string, which: Which): Promise<HistoryPage> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), ANSWER_TIMEOUT);
  const asked = Object.entries(which).map(([name, seq]) => `?${name}=${seq}`);
  try {
    const response = await fetch(url + asked.join(""), {
      headers: { Authorization: `Visitor ${key}` },
      signal: ending.signal,
      credentials: "omit",
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return (await response.json()) as HistoryPage;
  } finally {
    clearTimeout(timer);
  }
}
