/** What the socket needs from the world, as a seam: tests pass a clock and lines of their own. */

/** One websocket, as little of it as we use. */
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
  /** Begins to connect; may throw. `events` are not called before it returns. */
  dial(events: WebSocketEvents): WebSocketLike;
  /** Milliseconds since the epoch: for ids and for times that are shown. Users set this clock, so it measures no duration. */
  now(): number;
  /** Milliseconds since some moment, never set back: for every duration. */
  monotonic(): number;
  random(): number;
  /** Calls `act` once after `wait` ms; the answer cancels it. */
  after(wait: number, act: () => void): () => void;
  hidden(): boolean;
  /** Tells what happens to the page until the answer is called. */
  follow(listener: (event: PageEvent) => void): () => void;
}
