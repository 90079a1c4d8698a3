/** Hop 1: builds the frame of one text within the size limit: a frame that is too large would close the connection each
 *  time. */

import { encode } from "../wire/codec";
import type { Meta, SendFrame } from "../wire/frames";
import { LIMIT_VISITOR_FRAME } from "../wire/frames";
import type { Unsent } from "./model";

/** Includes the visitor's facts unless the text is too large for both: the text matters more. */
export function textFrame(rid: number, { ref, body }: Unsent, facts: Meta | undefined): SendFrame {
  // No conversation id: the server knows which one is open, and the one known here may have ended while the text
  // waited.
  const frame: SendFrame = { type: "send", rid, ref, conversation: null, kind: "text", body, meta: facts };
  return encode(frame).length > LIMIT_VISITOR_FRAME ? { ...frame, meta: undefined } : frame;
}
