/** A fake platform: a virtual clock, WebSockets that record frames, and a page that can be hidden. */

import type { PageEvent, WebSocketEvents, Platform } from "../../src/wire/platform";

export class FakeWebSocket {
  readonly sent: Uint8Array[] = [];
  closedWith: number | null = null;

  constructor(readonly events: WebSocketEvents) {}

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  close(code: number): void {
    this.closedWith = code;
  }
}

export class FakePlatform implements Platform {
  clock = 1_000_000;
  skew = 0; // offset of the wall clock, in ms
  chance = 0.5;
  away = false;
  readonly sockets: FakeWebSocket[] = [];
  private timers: { at: number; act: () => void }[] = [];
  private listener: (event: PageEvent) => void = () => undefined;

  dial(events: WebSocketEvents): FakeWebSocket {
    const socket = new FakeWebSocket(events);
    this.sockets.push(socket);
    return socket;
  }

  now(): number {
    return this.clock + this.skew;
  }

  monotonic(): number {
    return this.clock;
  }

  random(): number {
    return this.chance;
  }

  after(wait: number, act: () => void): () => void {
    const timer = { at: this.clock + wait, act };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  hidden(): boolean {
    return this.away;
  }

  follow(listener: (event: PageEvent) => void): () => void {
    this.listener = listener;
    return () => {
      this.listener = () => undefined;
    };
  }

  get socket(): FakeWebSocket {
    return this.sockets[this.sockets.length - 1]!;
  }

  get timersSet(): number {
    return this.timers.length;
  }

  async happens(event: PageEvent): Promise<void> {
    if (event === "hidden") this.away = true;
    if (event === "shown") this.away = false;
    this.listener(event);
    await settle();
  }

  /** Advances the clock and fires the timers in order. */
  async pass(duration: number): Promise<void> {
    const end = this.clock + duration;
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.clock = Math.max(this.clock, next.at);
      next.act();
      await settle();
    }
    this.clock = end;
  }
}

/** Flushes pending promise callbacks. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}
