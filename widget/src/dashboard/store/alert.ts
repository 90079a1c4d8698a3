/** Alerts the agent to a new message: from one tab only, and not while one of the agent's tabs shows the
 *  conversation. */

import type { Id } from "../state/model";
import { canNotify, canSound, notify, sound, watched } from "./notices";
import type { Tabs } from "./tabs";

export interface Alert {
  readonly conversation: Id;
  readonly name: string; // of the visitor
  readonly body: string;
  readonly clicked: () => void;
}

export async function alertAgent(tabs: Tabs, { conversation, name, body, clicked }: Alert): Promise<void> {
  if (await tabs.isRead(conversation)) return;
  // A tab competes for a role only if it can fill it: sound needs a user gesture in that tab.
  if (canSound() && (await tabs.has("sound"))) sound(performance.now());
  if (canNotify() && !watched() && (await tabs.has("notification"))) notify(name, body, conversation, clicked);
}
