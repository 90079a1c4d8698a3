/** The platform that the socket needs: WebSocket, clock, timers and page events. Tests pass fakes. */

/** The subset of WebSocket that we use. */
export interface WebSocketLike {
  send(bytes: Uint8Array): void;
  close(code: number): void;
}

export interface WebSocketEvents {
  opened(): unknown;
  received(bytes: Uint8Array): unknown;
  closed(code: number): unknown;
}

export type PageEvent = "shown" | "hidden" | "online" | "offline" | "pageshow" | "pagehide";

export interface Platform {
  /** Starts to connect; may throw. `events` are not called before it returns. */
  dial(events: WebSocketEvents): WebSocketLike;
  /** Milliseconds since the epoch: for ids and for times that are shown. Users can set this clock, so do not measure
   *  durations with it. */
  now(): number;
  /** Milliseconds of a monotonic clock: for durations. */
  monotonic(): number;
  random(): number;
  /** Calls `act` once after `wait` ms. Returns a function that cancels it. */
  after(wait: number, act: () => void): () => void;
  hidden(): boolean;
  /** Subscribes to page events. Returns an unsubscribe function. */
  follow(listener: (event: PageEvent) => void): () => void;
}
