/** The live connection as the store needs it; implemented by socket_connection.ts on wire/socket. */

import type { Id, Live } from "../state/model";
import type { ServerFrame } from "../../wire/frames";

export interface ConnectionEvents {
  live(live: Live): void;
  frame(frame: ServerFrame): void;
}

export interface Connection {
  open(): void;
  close(): void;
  /** Reconnects at once, without waiting for the backoff. */
  reconnectNow(): void;
  /** Subscribes to the open conversation, which adds its visitor's page changes; renewed after reconnects. Null:
   *  unsubscribes. */
  watch(conversation: Id | null): void;
}
