/** Hop 1: the frame of one text, which always fits: one that is too large would close the connection each time. */

import { encode } from "../wire/codec";
import type { Meta, SendFrame } from "../wire/frames";
import { LIMIT_VISITOR_FRAME } from "../wire/frames";
import type { Unsent } from "./model";

/** With the facts about the visitor, but for the largest texts: these matter more. */
export function textFrame(rid: number, { ref, body }: Unsent, facts: Meta | undefined): SendFrame {
  // The server knows which conversation is open; a text that waited must not insist on one that has ended.
  const frame: SendFrame = { type: "send", rid, ref, conversation: null, kind: "text", body, meta: facts };
  return encode(frame).length > LIMIT_VISITOR_FRAME ? { ...frame, meta: undefined } : frame;
}
