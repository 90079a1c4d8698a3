/** What the agent wants to be notified of, for the alerts of this tab: loaded at the start, and when it has changed. */

import type { NotificationPreferences } from "../../rest/types";
import type { Api } from "../rest/api";
import { isQuiet } from "./quiet";

export const PATH = "/me/notifications";

let kept: NotificationPreferences | null = null;

/** After a failure the former ones hold; before the first answer everything is announced. */
export async function loadPreferences(api: Api): Promise<void> {
  try {
    kept = await api.call<NotificationPreferences>("GET", PATH);
  } catch {
    // An older server, or none: the next touch or load asks again.
  }
}

export function keepPreferences(given: NotificationPreferences | null): void {
  kept = given;
}

export function quietNow(now: number = Date.now()): boolean {
  return kept !== null && isQuiet(kept, now);
}

/** What a desktop notification may show. */
export function shownText(): NotificationPreferences["shown"] {
  return kept?.shown ?? "name";
}
