/** Hop 9: the copilot's turns are streamed by the rules of the assistant's, under other names. Pure. */

import { afterStreamFrame, type StreamFrame, type Streams } from "../../../chat/stream";
import type { ServerFrame } from "../../../wire/frames";

export type CopilotFrame = Extract<ServerFrame, { readonly session: string }>;
export type TurnFrame = Exclude<CopilotFrame, { readonly type: "copilotasked" }>;

const COPILOT = { party: "assistant", id: "", name: "" } as const;

export function isCopilotFrame(frame: ServerFrame): frame is CopilotFrame {
  return "session" in frame;
}

/** After a frame of a turn. A second end changes nothing. */
export function afterTurnFrame(state: Streams, frame: TurnFrame, now: number): Streams {
  return afterStreamFrame(state, renamed(frame), now);
}

/** Whether the turn has ended already, as far as this page knows. */
export function isOver({ turns, past }: Streams, turn: string): boolean {
  return past.includes(turn) || turns.some((one) => one.turn === turn && one.over);
}

function renamed(frame: TurnFrame): StreamFrame {
  const place = { conversation: frame.session, turn: frame.turn };
  switch (frame.type) {
    case "copilotstart": {
      const start = { ...place, type: "streamstart" as const, author: COPILOT, intent: null };
      return start;
    }
    case "copilotstatus":
      return { ...place, type: "streamstatus", stage: frame.stage };
    case "copilottoken":
      return { ...place, type: "streamtoken", n: frame.n, offset: frame.offset, text: frame.text };
    case "copilotend":
    case "socialgenerated":
      return { ...place, type: "streamend", message: frame.message, seq: frame.number };
    case "copilotstopped":
      return { ...place, type: "streamstopped", by: "agent", message: frame.message };
    case "copilotfailed":
      return { ...place, type: "streamfailed", code: frame.code, retryable: frame.retryable };
    default:
      return never(frame);
  }
}

function never(frame: never): never {
  throw new Error(`not a frame of a turn: ${JSON.stringify(frame)}`);
}
