/** Hops 1 and 9: one connection that always reconnects. One state machine, one timer, one owner of both. */

import { delay, FINAL } from "./backoff";
import { decode, encode, type Table } from "./codec";
import type { ClientFrame, Greeting, ServerFrame } from "./frames";
import { CloseCode } from "./frames";
import type { PageEvent, WebSocketLike, Platform } from "./platform";

const HELLO_RID = 1;
const GREETING_TIMEOUT = 12_000; // ms from dialling to `welcome`
const SILENCE_TIMEOUT = 40_000; // ms without any frame
const PROBE_TIMEOUT = 3_000; // ms for a response to our ping
const HIDDEN_PAUSE = 5 * 60_000; // ms the page is hidden before the connection rests
const STEADY_TIME = 10_000; // ms open after which the backoff starts again

/** idle: not started · waiting: for the next attempt · dialling · open · resting: page hidden or away · over: final. */
export type SocketState = "idle" | "waiting" | "dialling" | "open" | "resting" | "over";

export interface SocketOwner {
  /** The content of `hello`; called before each attempt. A rejection counts as a failed attempt; GiveUp is final. */
  greeting(): Greeting | Promise<Greeting>;
  /** `code` is the close code that caused it, if any. */
  became(state: SocketState, code?: number): void;
  /** Every frame except ping and pong; `welcome` comes after `became("open")`. */
  received(frame: ServerFrame): void;
}

/** Thrown by `greeting`: do not reconnect. */
export class GiveUp extends Error {}

export class Socket {
  state: SocketState = "idle";
  #ws: WebSocketLike | null = null;
  #attempt = 0;
  #generation = 0; // detects late events of an abandoned attempt
  #token = 0;
  #retryAt = 0; // no attempt before this time, as the server asked
  #openedAt = 0;
  // Deadlines by the monotonic clock, in ms; Infinity: never.
  #actAt = Infinity; // waiting: dial · dialling: give up · open: reconnect because the server drains
  #silentAt = Infinity;
  #probeAt = Infinity;
  #restAt = Infinity;
  #disarm: (() => void) | null = null;
  #unfollow: (() => void) | null = null;

  constructor(
    private readonly owner: SocketOwner,
    private readonly platform: Platform,
    private readonly frames?: Table, // those that the owner knows, if more than every client's
  ) {}

  /** Connects; also starts again after `over`. */
  start(): void {
    if (this.state !== "idle" && this.state !== "over") return;
    this.#unfollow ??= this.platform.follow((event) => this.#pageEvent(event));
    this.#attempt = 0;
    this.#dial();
  }

  /** Closes the connection and stops listening to page events. */
  stop(): void {
    this.#unfollow?.();
    this.#unfollow = null;
    this.#leave("idle");
  }

  /** Drops the connection and dials again at once. */
  restart(): void {
    if (this.state === "idle") return;
    this.#hangUp();
    this.#dial();
  }

  /** Whether the frame was sent; frames are not queued here. */
  send(frame: ClientFrame): boolean {
    if (this.state !== "open") return false;
    this.#write(frame);
    return true;
  }

  #write(frame: ClientFrame): void {
    try {
      this.#ws?.send(encode(frame));
    } catch {
      // A closing socket throws; its close event will follow.
    }
  }

  #dial(): void {
    const generation = ++this.#generation;
    this.#become("dialling");
    this.#actAt = this.platform.monotonic() + GREETING_TIMEOUT;
    this.#arm();
    void this.#greet(generation);
  }

  async #greet(generation: number): Promise<void> {
    let greeting: Greeting;
    try {
      greeting = await this.owner.greeting();
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof GiveUp) this.#leave("over");
      else this.#lost();
      return;
    }
    if (generation !== this.#generation) return;
    const mine = () => generation === this.#generation;
    try {
      this.#ws = this.platform.dial({
        opened: () => mine() && this.#write({ type: "hello", rid: HELLO_RID, greeting }),
        received: (bytes) => mine() && this.#take(bytes),
        closed: (code) => mine() && this.#closed(code),
      });
    } catch {
      this.#lost();
    }
  }

  #take(bytes: Uint8Array): void {
    let frame: ServerFrame | null;
    try {
      frame = decode(bytes, this.frames);
    } catch {
      return this.#lost(); // not a Parley server, or a broken one
    }
    this.#probeAt = Infinity;
    if (this.state === "open") this.#silentAt = this.platform.monotonic() + SILENCE_TIMEOUT;
    if (frame) this.#act(frame);
    this.#arm();
  }

  #act(frame: ServerFrame): void {
    const now = this.platform.monotonic();
    switch (frame.type) {
      case "ping":
        return this.#write({ type: "pong", token: frame.token });
      case "pong":
        return;
      case "welcome":
        this.#openedAt = now;
        this.#actAt = Infinity;
        this.#silentAt = now + SILENCE_TIMEOUT;
        this.#become("open");
        break;
      case "drain":
        this.#actAt = now + frame.min_ms + this.platform.random() * Math.max(0, frame.max_ms - frame.min_ms);
        return;
      case "error":
        if (frame.retry_ms && (frame.rid === 0 || this.state === "dialling")) this.#retryAt = now + frame.retry_ms;
    }
    this.owner.received(frame);
  }

  #closed(code: number): void {
    this.#ws = null;
    if (code >= FINAL) this.#leave("over", code);
    // The server closed the oldest tab's connection in favour of a newer one: if hidden tabs reconnected, they would
    // evict each other in a loop.
    else if (code === CloseCode.TooManySockets && this.platform.hidden()) this.#leave("resting", code);
    else this.#lost(code);
  }

  /** Waits for the next attempt. */
  #lost(code?: number): void {
    this.#hangUp();
    const wait = delay(this.#attempt++, this.platform.random());
    this.#actAt = Math.max(this.platform.monotonic() + wait, this.#retryAt);
    this.#become("waiting", code);
    this.#arm();
  }

  #leave(state: "idle" | "resting" | "over", code?: number): void {
    this.#hangUp();
    if (state !== "resting") this.#restAt = Infinity;
    this.#become(state, code);
    this.#arm();
  }

  #hangUp(): void {
    if (this.state === "open" && this.platform.monotonic() - this.#openedAt >= STEADY_TIME) this.#attempt = 0;
    this.#generation++;
    this.#ws?.close(CloseCode.Normal);
    this.#ws = null;
    this.#actAt = this.#silentAt = this.#probeAt = Infinity;
  }

  #become(state: SocketState, code?: number): void {
    if (state === this.state) return;
    this.state = state;
    this.owner.became(state, code);
  }

  #pageEvent(event: PageEvent): void {
    if (this.state === "over") return;
    if (event === "pagehide") return this.#leave("resting");
    if (event === "hidden") {
      this.#restAt = this.platform.monotonic() + HIDDEN_PAUSE;
      return this.#arm();
    }
    if (event === "shown" || event === "pageshow") this.#restAt = Infinity;
    if (this.state === "open") this.#probe();
    else if (event !== "offline" && this.#mayDial()) this.#dial();
    else this.#arm();
  }

  /** Whether there is something to wait for besides the timer. */
  #mayDial(): boolean {
    if (this.state === "resting") return !this.platform.hidden();
    return this.state === "waiting" && this.platform.monotonic() >= this.#retryAt;
  }

  #probe(): void {
    if (this.#probeAt === Infinity) {
      this.#write({ type: "ping", token: ++this.#token });
      this.#probeAt = this.platform.monotonic() + PROBE_TIMEOUT;
    }
    this.#arm();
  }

  /** Sets the only timer to the next deadline. */
  #arm(): void {
    this.#disarm?.();
    const next = Math.min(this.#actAt, this.#silentAt, this.#probeAt, this.#restAt);
    this.#disarm =
      next === Infinity ? null : this.platform.after(Math.max(0, next - this.platform.monotonic()), () => this.#due());
  }

  #due(): void {
    const now = this.platform.monotonic();
    this.#disarm = null;
    if (now >= this.#restAt) {
      this.#restAt = Infinity;
      this.#leave("resting");
    } else if (now >= this.#probeAt || now >= this.#silentAt) {
      // Silence means a lost connection, not a busy server: the first attempt needs no backoff.
      this.restart();
    } else if (now >= this.#actAt) {
      if (this.state === "dialling") this.#lost();
      else {
        this.#hangUp();
        this.#dial();
      }
    } else this.#arm();
  }
}
