/** Fetches the project's public settings, with retries while the page is visible. */

import type { Settings } from "../host/api";
import type { WidgetSettings } from "../rest/types";

const FIRST_RETRY = 2_000; // ms, doubled each time
const MAX_RETRY = 60_000;
const REFUSED = [400, 401, 403, 404];

/** Calls `take` once, or `refuse` when this page may not use the project. Returns a function that cancels the
 *  retries. */
export function askSettings(
  url: string,
  take: (settings: Settings) => void,
  refuse: (status: number) => void,
): () => void {
  let wait = FIRST_RETRY;
  let over = false;

  const ask = async () => {
    let status = 0;
    try {
      const response = await fetch(url, { credentials: "omit" });
      status = response.status;
      const settings = response.ok ? ((await response.json()) as WidgetSettings) : null;
      if (over) return;
      if (settings) return take(settings);
    } catch {
      // No response: retry, as after an error response.
    }
    if (REFUSED.includes(status)) return refuse(status);
    setTimeout(whenSeen, wait * (0.8 + 0.4 * Math.random()));
    wait = Math.min(MAX_RETRY, wait * 2);
  };
  const whenSeen = () => {
    if (over) return;
    if (document.hidden) document.addEventListener("visibilitychange", whenSeen, { once: true });
    else void ask();
  };
  whenSeen();
  return () => {
    over = true;
  };
}
