/** The live connection as the store needs it; implemented by socket_connection.ts on wire/socket. */

import type { Id, Live } from "../state/model";
import type { ClientFrame, ServerFrame } from "../../wire/frames";

export interface ConnectionEvents {
  live(live: Live): void;
  frame(frame: ServerFrame): void;
  /** The server sends the conversation's stream from now on. */
  watching(conversation: Id): void;
  /** It has sent what there was to `askStream`. */
  streamAnswered(conversation: Id): void;
}

export interface Connection {
  open(): void;
  close(): void;
  /** Reconnects at once, without waiting for the backoff. */
  reconnectNow(): void;
  /** Subscribes to the open conversation, which adds its visitor's page changes; renewed after reconnects. Null:
   *  unsubscribes. */
  watch(conversation: Id | null): void;
  /** Asks for what the assistant has said so far in its running turn. */
  askStream(conversation: Id): void;
  /** Ends the assistant's turn; false when there is no connection. */
  stop(conversation: Id, turn: Id): boolean;
  /** Sends a frame of a lazy part, and returns its rid; null when there is no connection. */
  request(frame: (rid: number) => ClientFrame): number | null;
}
