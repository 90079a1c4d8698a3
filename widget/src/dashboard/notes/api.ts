/** REST of the notes about one visitor. */

import type { Id, NewVisitorNote, VisitorNote, VisitorNoteChange, VisitorNotePage } from "../../rest/types";
import type { Api } from "../rest/api";

const PAGE = 100; // the most in one answer

export interface Notes {
  readonly items: readonly VisitorNote[];
  readonly total: number;
}

export class VisitorNotesApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
    private readonly visitor: Id,
  ) {}

  /** The newest `most` notes. */
  async newest(most: number): Promise<Notes> {
    const items: VisitorNote[] = [];
    for (let cursor = ""; ; ) {
      const limit = Math.min(PAGE, most - items.length);
      const page: VisitorNotePage = await this.call("GET", `?limit=${limit}${cursor}`);
      items.push(...page.items);
      if (page.next_cursor === null || items.length >= most) return { items, total: page.total };
      cursor = `&cursor=${page.next_cursor}`;
    }
  }

  /** With the same `key` the note is written once, however often it is sent. */
  create(note: NewVisitorNote, key: string): Promise<VisitorNote> {
    return this.api.once(this.path, note, key);
  }

  /** Optimistic locking: refused as `stale` when the note has changed since `version`. */
  change(id: Id, change: VisitorNoteChange): Promise<VisitorNote> {
    return this.call("PATCH", `/${id}`, change);
  }

  delete(id: Id): Promise<void> {
    return this.call("DELETE", `/${id}`);
  }

  private call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, this.path + path, body);
  }

  private get path(): string {
    return `/projects/${this.project}/visitors/${this.visitor}/notes`;
  }
}
