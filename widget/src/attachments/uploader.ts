/** Runs the queue of uploads: starts what is due, and reports what became of it. */

import type { Platform } from "../wire/platform";
import type { StoredFile } from "./files";
import { type Limits, type Upload, Uploads } from "./uploads";

/** Why an upload ended without its file. */
export class Failure extends Error {
  constructor(
    readonly reason: string, // a code of the server; "": the connection was lost, or the server is busy
    readonly wait = 0, // ms until the server takes the file, as it says
    readonly retryable = false,
  ) {
    super(reason);
  }
}

export interface Report {
  ticketed(id: string): void;
  sent(bytes: number): void;
  /** All bytes are there. */
  uploaded(): void;
}

/** What carries files to the server. */
export interface Carrier {
  /** Rejects with a Failure; after an abort with anything. */
  send(file: File, report: Report, signal: AbortSignal): Promise<StoredFile>;
  /** The file is not sent with a message. Best effort. */
  discard(id: string): void;
}

export class Uploader {
  readonly #uploads: Uploads;
  readonly #running = new Map<number, AbortController>();
  #wake = () => {};

  constructor(
    private readonly platform: Pick<Platform, "monotonic" | "random" | "after">,
    private readonly carrier: Carrier,
    limits: Limits,
    /** Called after every change. */
    private readonly changed: () => void,
  ) {
    this.#uploads = new Uploads(platform, limits);
  }

  get list(): readonly Upload[] {
    return this.#uploads.list;
  }

  /** The files, when every one of them can be sent with a message. */
  get stored(): readonly StoredFile[] | null {
    return this.#uploads.areReady ? this.list.map(({ stored }) => stored!) : null;
  }

  /** Returns how many did not fit in one message. */
  add(files: readonly File[]): number {
    const surplus = this.#uploads.add(files);
    this.#pump();
    return surplus;
  }

  restore(files: readonly StoredFile[]): void {
    this.#uploads.restore(files);
    this.changed();
  }

  retry(key: number): void {
    this.#uploads.retry(key);
    this.#pump();
  }

  remove(key: number): void {
    const id = this.list.find((one) => one.key === key)?.id;
    this.#uploads.remove(key);
    this.#running.get(key)?.abort();
    if (id) this.carrier.discard(id);
    this.#pump();
  }

  /** They were sent with a message. */
  clear(): void {
    this.#uploads.clear();
    this.changed();
  }

  reconnected(): void {
    this.#uploads.reconnected();
    this.#pump();
  }

  stop(): void {
    this.#wake();
    this.#uploads.clear();
    for (const ending of this.#running.values()) ending.abort();
  }

  #pump(): void {
    for (let upload = this.#uploads.next(); upload; upload = this.#uploads.next()) void this.#run(upload);
    this.#wake();
    const wait = this.#uploads.wakeAt - this.platform.monotonic();
    // What is due now waits for a free place, and the end of another upload pumps again.
    this.#wake = wait > 0 && wait < Infinity ? this.platform.after(wait, () => this.#pump()) : () => {};
    this.changed();
  }

  async #run({ key, file }: Upload): Promise<void> {
    const uploads = this.#uploads;
    const ending = new AbortController();
    this.#running.set(key, ending);
    const report: Report = {
      ticketed: (id) => uploads.ticketed(key, id),
      sent: (bytes) => {
        uploads.progressed(key, bytes);
        this.changed();
      },
      uploaded: () => {
        uploads.uploaded(key);
        this.#pump();
      },
    };
    try {
      uploads.ready(key, await this.carrier.send(file as File, report, ending.signal));
    } catch (error) {
      const { reason, wait, retryable } = error instanceof Failure ? error : new Failure("");
      if (reason) uploads.refused(key, reason, retryable);
      else uploads.lost(key, wait);
    }
    this.#running.delete(key);
    this.#pump();
  }
}
