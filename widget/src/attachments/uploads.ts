/** The queue of files that are on their way to the server, for the widget and the dashboard. Without I/O: uploader.ts
 *  sends what `next` returns and reports what happened. A lost connection sends a file back to the queue, with backoff;
 *  what the server refuses fails for good, or until the person asks again. */

import { delay } from "../wire/backoff";
import type { Platform } from "../wire/platform";
import type { StoredFile } from "./files";

const MAX_CONCURRENT = 3; // uploads
const MAX_RETRIES = 6; // after a lost connection, about a minute; then the person decides

/** The server's rules. */
export interface Limits {
  readonly max_bytes: number; // of one file
  readonly max_files: number; // in one message
}

/** `examining`: the server has all bytes and checks them. */
export type Phase = "queued" | "uploading" | "examining" | "ready" | "failed";

/** The subset of File that is read here. */
export interface FileFacts {
  readonly name: string;
  readonly size: number; // bytes
}

export interface Upload {
  readonly key: number;
  readonly file: FileFacts;
  readonly phase: Phase;
  readonly sent: number; // bytes
  readonly id: string; // on the server; "": it has none yet
  readonly stored: StoredFile | null; // once it is ready
  readonly reason: string; // why it failed: a code of the server, or one of ours
  readonly retryable: boolean;
}

interface Held extends Upload {
  readonly retries: number;
  readonly dueAt: number; // on the monotonic clock, in ms
}

export class Uploads {
  #held: readonly Held[] = [];
  #keys = 0;

  constructor(
    private readonly clock: Pick<Platform, "monotonic" | "random">,
    private readonly limits: Limits,
  ) {}

  /** In the order in which they were added. */
  get list(): readonly Upload[] {
    return this.#held;
  }

  /** Whether every file can be sent with a message now. */
  get areReady(): boolean {
    return this.#held.every(({ phase }) => phase === "ready");
  }

  /** Adds files; a file that the server would refuse fails at once. Returns how many did not fit in one message. */
  add(files: readonly FileFacts[]): number {
    const { max_bytes, max_files } = this.limits;
    const added = files.slice(0, Math.max(0, max_files - this.#held.length));
    for (const file of added) {
      const reason = file.size > max_bytes ? "too_large" : file.size ? "" : "empty";
      this.#hold(file, { phase: reason ? "failed" : "queued", reason });
    }
    return files.length - added.length;
  }

  /** Files that were ready before the page was reloaded. */
  restore(files: readonly StoredFile[]): void {
    for (const stored of files) this.#hold(stored, { phase: "ready", id: stored.id, stored });
  }

  /** The file to send now, or null; it then counts as being sent. */
  next(): Upload | null {
    const now = this.clock.monotonic();
    const busy = this.#held.filter(({ phase }) => phase === "uploading").length;
    const due = this.#held.find(({ phase, dueAt }) => phase === "queued" && dueAt <= now);
    if (!due || busy >= MAX_CONCURRENT) return null;
    this.#change(due.key, { phase: "uploading", sent: 0 });
    return due;
  }

  /** When `next` may return a file again, on the monotonic clock; Infinity: only after another event. */
  get wakeAt(): number {
    return Math.min(Infinity, ...this.#held.filter(({ phase }) => phase === "queued").map(({ dueAt }) => dueAt));
  }

  /** The server knows of the file. */
  ticketed(key: number, id: string): void {
    this.#change(key, { id });
  }

  /** So many bytes have been sent. */
  progressed(key: number, sent: number): void {
    this.#change(key, { sent });
  }

  /** The server has all bytes. */
  uploaded(key: number): void {
    this.#change(key, { phase: "examining" });
  }

  ready(key: number, stored: StoredFile): void {
    this.#change(key, { phase: "ready", stored });
  }

  refused(key: number, reason: string, retryable = false): void {
    this.#change(key, { phase: "failed", reason, retryable });
  }

  /** The connection was lost, or the server is busy and named a `wait` in ms. */
  lost(key: number, wait = 0): void {
    const { retries = 0 } = this.#held.find((one) => one.key === key) ?? {};
    if (retries >= MAX_RETRIES) return this.refused(key, "unreachable", true);
    const dueAt = this.clock.monotonic() + Math.max(wait, delay(retries, this.clock.random()));
    this.#change(key, { phase: "queued", sent: 0, retries: retries + 1, dueAt });
  }

  /** The person asked to try again. */
  retry(key: number): void {
    this.#change(key, { phase: "queued", sent: 0, reason: "", retries: 0, dueAt: 0 });
  }

  /** The network is back: what waits is due, and what failed without it starts again. */
  reconnected(): void {
    for (const { key, phase, reason } of this.#held) {
      if (phase === "queued" || reason === "unreachable") this.retry(key);
    }
  }

  /** The person cancelled it or took it back. */
  remove(key: number): void {
    this.#held = this.#held.filter((one) => one.key !== key);
  }

  /** Removes everything: it was sent with a message. */
  clear(): void {
    this.#held = [];
  }

  #hold(file: FileFacts, known: Partial<Held>): void {
    const key = ++this.#keys;
    const fresh = { phase: "queued" as const, sent: 0, id: "", stored: null, reason: "", retryable: false };
    this.#held = [...this.#held, { key, file, ...fresh, retries: 0, dueAt: 0, ...known }];
  }

  /** Later reports about a removed file change nothing. */
  #change(key: number, change: Partial<Held>): void {
    this.#held = this.#held.map((one) => (one.key === key ? { ...one, ...change } : one));
  }
}
