/** What the desk needs of a live connection; desk/socket_line.ts makes it of wire/socket. */

import type { Id, Live } from "../state/model";
import type { ServerFrame } from "../../wire/frames";

export interface ConnectionEvents {
  live(live: Live): void;
  frame(frame: ServerFrame): void;
}

export interface Connection {
  open(): void;
  close(): void;
  /** Try at once, whatever the backoff says. */
  reconnectNow(): void;
  /** Also tell of this visitor's moves; survives reconnects. Null: of nobody's. */
  watch(conversation: Id | null): void;
}
