/** Begins with a sign-in: the service worker, the subscription of this browser, and what the agent wants to hear of. */

import type { Api } from "../rest/api";
import { loadPreferences } from "./account";
import { type Opening, openingOf } from "./opening";
import { register, renew } from "./subscription";

/** `open`: a notification was clicked, and this tab is to show its conversation. Returns a function that ends it. */
export function startNotifications(api: Api, user: string, open: (to: Opening) => void): () => void {
  void loadPreferences(api);
  if (typeof navigator === "undefined" || !("serviceWorker" in navigator)) return () => undefined;
  const container = navigator.serviceWorker;
  const heard = (event: MessageEvent): void => {
    const to = openingOf(event.data);
    if (to !== null) open(to);
  };
  container.addEventListener("message", heard);
  // The dashboard works without: no secure page, storage forbidden, push service unreachable.
  void register()
    .then(() => renew(api, user))
    .catch(() => undefined);
  return () => container.removeEventListener("message", heard);
}
