/** The events that a webhook can ask for, as the server's catalogue lists them. */

import type { NewWebhook } from "../../../rest/types";

type EventName = NewWebhook["events"][number];

/** A record, so that an event which the server adds fails the type check here. */
const LISTED: Readonly<Record<EventName, true>> = {
  "conversation.created": true,
  "message.created": true,
  "message.edited": true,
  "message.redacted": true,
  "note.created": true,
  "note.edited": true,
  "note.redacted": true,
  "form.sent": true,
  "form.answered": true,
  "form.updated": true,
  "conversation.assigned": true,
  "conversation.solved": true,
  "conversation.reopened": true,
  "conversation.updated": true,
  "conversation.deleted": true,
  "assistant.handed_over": true,
  "visitor.identified": true,
  "visitor.updated": true,
};

export const EVENTS = Object.keys(LISTED) as readonly EventName[];
