/** Hop 9: converts a frame of the wire into an action of the reducer. */

import type { ServerFrame } from "../../wire/frames";
import type { FrameAction } from "../state/actions";
import { STATUSES } from "../state/model";

/** Null for frames that say nothing about conversations (those belong to the connection). */
export function fromFrame(frame: ServerFrame, now: number): FrameAction | null {
  switch (frame.type) {
    case "message":
      return {
        type: "message",
        conversation: frame.conversation,
        message: {
          seq: frame.seq,
          id: frame.message,
          ref: frame.ref,
          author: frame.author,
          at: frame.at,
          kind: frame.kind,
          body: frame.body,
          content: frame.content ?? null,
        },
        facts: frame.author.party === "visitor" ? frame.meta : {},
      };
    case "changed": {
      const { assigned = false, assignee = null, assignee_name = null } = frame.changes;
      const { by_party = null, by = null, by_name = null, message = null, form, owner, owner_reason } = frame.changes;
      const change = frame.change ?? null;
      if (form) return { type: "form changed", conversation: frame.conversation, form, now, change };
      const status = STATUSES.find((one) => one === frame.changes.status) ?? null;
      if (status === null && !assigned && change === null) return null; // of an unknown kind, and not counted
      return {
        type: "changed",
        conversation: frame.conversation,
        seq: frame.seq,
        at: frame.at,
        status,
        assigned,
        assignee: assignee === null ? null : { id: assignee, full_name: assignee_name ?? "" },
        by: by === null ? null : { party: by_party ?? "agent", id: by, name: by_name ?? "" },
        change,
        message,
        owner: owner === "assistant" || owner === "person" ? { to: owner, reason: owner_reason ?? "" } : null,
      };
    }
    case "visitor":
      return {
        type: "identified",
        visitor: frame.visitor,
        name: frame.name,
        facts: frame.facts,
        ...(frame.verified ? { verified: frame.verified } : {}),
      };
    case "read":
      return { type: "read", conversation: frame.conversation, seq: frame.seq, reader: frame.reader };
    case "typing":
      return { type: "typing", conversation: frame.conversation, on: frame.on, who: frame.who, now };
    case "presence":
      return { type: "presence", visitors: frame.visitors };
    case "page":
      return { type: "page", visitor: frame.visitor, url: frame.url, title: frame.title, at: frame.at };
    case "touched":
      return { type: "touched", resource: frame.resource, id: frame.id };
    case "streamstart":
    case "streamtoken":
    case "streamstatus":
    case "streamend":
    case "streamstopped":
    case "streamfailed":
      return { type: "streamed", conversation: frame.conversation, frame, now };
    case "delivered":
      return { type: "delivered", conversation: frame.conversation, seq: frame.seq };
    case "welcome":
    case "ok":
    case "error":
    case "ping":
    case "pong":
    case "drain":
    case "queued":
    case "stored":
    case "resync":
    // Of the agent's own copilot sessions, which keep their own state.
    case "copilotasked":
    case "copilotstart":
    case "copilotstatus":
    case "copilottoken":
    case "copilotend":
    case "socialgenerated":
    case "copilotstopped":
    case "copilotfailed":
      return null;
    default:
      return never(frame);
  }
}

function never(frame: never): null {
  void frame; // unknown frames of a newer server are ignored, as the protocol says
  return null;
}
