/** The canned responses of one project, loaded when an agent first needs them, and again when they change. */

import type { CannedResponse } from "../../rest/types";
import type { InboxStore } from "../store/inbox_store";
import type { CannedResponsesApi } from "./api";
import { type Indexed, indexed } from "./search";

export class Library {
  private loading = false;
  private again = false; // touched while loading
  private stale = false; // the last load failed: the next key tries again
  private readonly listeners = new Set<() => void>();
  responses: readonly Indexed[] | null = null;

  constructor(private readonly api: CannedResponsesApi) {}

  /** Calls `listener` when the responses have changed. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Loads them unless they are there. A failure is harmless: the next key tries again. */
  want(): void {
    if ((this.responses === null || this.stale) && !this.loading) void this.load();
  }

  touched(): void {
    if (this.loading) this.again = true;
    else if (this.responses !== null) void this.load();
  }

  used(response: CannedResponse): void {
    void this.api.used(response.id).catch(() => undefined); // a statistic: not worth a retry
  }

  private async load(): Promise<void> {
    this.loading = true;
    this.stale = true; // until it has succeeded
    try {
      do {
        this.again = false;
        this.responses = indexed(await this.api.all());
      } while (this.again);
      this.stale = false;
    } catch {
      return; // what was loaded before stays
    } finally {
      this.loading = false;
    }
    for (const listener of this.listeners) listener();
  }
}

const libraries = new WeakMap<InboxStore, Library>();

/** The library of the store's project; it lives as long as the store. */
export function libraryOf(store: InboxStore, api: () => CannedResponsesApi): Library {
  let library = libraries.get(store);
  if (library === undefined) {
    library = new Library(api());
    libraries.set(store, library);
    const made = library;
    store.onTouched("canned_responses", () => made.touched());
  }
  return library;
}
