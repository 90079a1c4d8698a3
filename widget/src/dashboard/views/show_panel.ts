/** Opens the visitor panel of a conversation, also where the panel lies over the others. */

import { prefer } from "../store/preferences";

let wanted: string | null = null; // the conversation whose panel shall be open

/** Call it before the conversation is opened. */
export function showPanel(conversation: string): void {
  prefer({ panel: true });
  wanted = conversation;
  dispatchEvent(new Event("parley:panel"));
}

/** Whether the panel of the conversation was asked for; forgets it. */
export function panelAskedFor(conversation: string | null): boolean {
  const asked = wanted !== null && wanted === conversation;
  if (asked) wanted = null;
  return asked;
}
