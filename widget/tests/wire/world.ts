/** A world for the socket: a clock that is turned by hand, lines that record, a page that can be hidden. */

import type { Happening, LineEvents, Surroundings } from "../../src/wire/surroundings";

export class FakeLine {
  readonly sent: Uint8Array[] = [];
  closedWith: number | null = null;

  constructor(readonly events: LineEvents) {}

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  close(code: number): void {
    this.closedWith = code;
  }
}

export class World implements Surroundings {
  clock = 1_000_000;
  skew = 0; // by how much the wall clock was set, in ms
  chance = 0.5;
  away = false;
  readonly lines: FakeLine[] = [];
  private timers: { at: number; act: () => void }[] = [];
  private tell: (happening: Happening) => void = () => undefined;

  dial(events: LineEvents): FakeLine {
    const line = new FakeLine(events);
    this.lines.push(line);
    return line;
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

  follow(tell: (happening: Happening) => void): () => void {
    this.tell = tell;
    return () => {
      this.tell = () => undefined;
    };
  }

  get line(): FakeLine {
    return this.lines[this.lines.length - 1]!;
  }

  get timersSet(): number {
    return this.timers.length;
  }

  async happens(happening: Happening): Promise<void> {
    if (happening === "hidden") this.away = true;
    if (happening === "shown") this.away = false;
    this.tell(happening);
    await settle();
  }

  /** Turns the clock, acting on each timer in its turn. */
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

/** Lets promises that are ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}
