/** Hop 1: builds the frame of one text within the size limit: a frame that is too large would close the connection each
 *  time. Answers to a form have a frame of their own. */

import { encode } from "../wire/codec";
import type { AnswerFrame, Meta, SendFrame } from "../wire/frames";
import { LIMIT_VISITOR_FRAME } from "../wire/frames";
import type { Unsent } from "./model";

/** Includes the visitor's facts unless the text is too large for both: the text matters more. */
export function textFrame(rid: number, { ref, body, form }: Unsent, facts: Meta | undefined): SendFrame | AnswerFrame {
  // No conversation id: the server knows which one is open, and the one known here may have ended while the text
  // waited.
  const frame: SendFrame | AnswerFrame = form
    ? { ...form, type: "answer", rid, ref, meta: facts }
    : { type: "send", rid, ref, conversation: null, kind: "text", body, meta: facts };
  return encode(frame).length > LIMIT_VISITOR_FRAME ? { ...frame, meta: undefined } : frame;
}
