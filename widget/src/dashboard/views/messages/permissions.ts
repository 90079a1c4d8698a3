/** What an agent may do to a message; the server decides (core/rules.py), this only hides what it would refuse. */

import type { Id, Message } from "../../state/model";

export interface Permissions {
  readonly edit: boolean;
  readonly redact: boolean;
}

export function permissionsOn(message: Message, me: Id, manager: boolean): Permissions {
  const { author, kind, redacted_at } = message;
  if (redacted_at) return { edit: false, redact: false };
  const own = author.party === "agent" && author.id === me;
  const text = kind === "text" || kind === "note";
  const written = text && (author.party === "agent" || author.party === "visitor"); // by a person
  return { edit: written && (own || manager), redact: manager || (own && text) };
}
