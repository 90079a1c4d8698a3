/** The signed addresses of files, which expire: asked for when they are needed, several with one request. */

import type { Attachment } from "../rest/types";

const TTL = 8 * 60_000; // ms; the server's is ten minutes. By our own clock, which may differ from the server's
const BATCH_SIZE = 50; // ids in one request

export class Addresses {
  readonly #known = new Map<string, { readonly at: number; readonly address: Promise<Attachment | null> }>();
  #wanted: { readonly id: string; readonly take: (address: Promise<Attachment | null>) => void }[] = [];

  constructor(
    private readonly ask: (ids: readonly string[]) => Promise<readonly Attachment[]>,
    private readonly monotonic: () => number,
  ) {}

  isFresh(id: string): boolean {
    return this.monotonic() - (this.#known.get(id)?.at ?? -Infinity) < TTL;
  }

  /** null: the file does not exist any more. Rejects when there is no valid response in time. */
  of(id: string): Promise<Attachment | null> {
    const known = this.#known.get(id);
    if (known && this.isFresh(id)) return known.address;
    const address = new Promise<Attachment | null>((take) => {
      if (!this.#wanted.length) queueMicrotask(() => this.#fetch());
      this.#wanted.push({ id, take });
    });
    this.#known.set(id, { at: this.monotonic(), address });
    address.catch(() => this.#known.delete(id));
    return address;
  }

  /** The address did not work. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  #fetch(): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    for (let at = 0; at < wanted.length; at += BATCH_SIZE) {
      const batch = wanted.slice(at, at + BATCH_SIZE);
      const answer = this.ask(batch.map(({ id }) => id));
      for (const { id, take } of batch) take(answer.then((items) => items.find((one) => one.id === id) ?? null));
    }
  }
}
