/** Calls the agent for a new message: from one of their tabs, and not at all while one of them is reading it. */

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
  // A tab stands for a role only while it can fill it: sound needs a gesture in that very tab.
  if (canSound() && (await tabs.has("sound"))) sound(performance.now());
  if (canNotify() && !watched() && (await tabs.has("notification"))) notify(name, body, conversation, clicked);
}
