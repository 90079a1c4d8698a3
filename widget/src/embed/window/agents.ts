/** How many agents are online. */

import type { WidgetView } from "../view";

/** As last reported. */
export function agentsOnline({ chat, wasConnected, settings }: WidgetView): number {
  if (chat.connection === "open") return chat.state.agentsOnline;
  return wasConnected ? 0 : (settings?.agents_online ?? 0);
}
