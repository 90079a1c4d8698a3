/** The files that wait to be sent in one conversation. They are uploaded while the agent is elsewhere too. */

import type { Requests } from "../../attachments/carrier";
import { carrierOf } from "../../attachments/carrier";
import type { StoredFile } from "../../attachments/files";
import { Uploader } from "../../attachments/uploader";
import type { Limits, Upload } from "../../attachments/uploads";
import type { Platform } from "../../wire/platform";

export class Tray {
  /** How many files of the last addition did not fit in one message. */
  surplus = 0;
  private readonly uploader: Uploader;
  private readonly listeners = new Set<() => void>();

  constructor(
    platform: Pick<Platform, "monotonic" | "random" | "after">,
    requests: Requests,
    readonly limits: Limits,
  ) {
    this.uploader = new Uploader(platform, carrierOf(requests), limits, () => {
      for (const listener of [...this.listeners]) listener();
    });
  }

  get list(): readonly Upload[] {
    return this.uploader.list;
  }

  /** null: not every file can be sent yet. */
  get stored(): readonly StoredFile[] | null {
    return this.uploader.stored;
  }

  add(files: readonly File[]): void {
    this.surplus = 0;
    this.surplus = this.uploader.add(files);
    this.uploader.reconnected(); // the agent is here: what waits is tried now
  }

  retry(key: number): void {
    this.uploader.retry(key);
  }

  remove(key: number): void {
    this.surplus = 0;
    this.uploader.remove(key);
  }

  reconnected(): void {
    this.uploader.reconnected();
  }

  /** They were sent with a message. */
  clear(): void {
    this.surplus = 0;
    this.uploader.clear();
  }

  /** Until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
