/** The agent's own mentions in one project: loaded once, and again when they change; read marks are optimistic. */

import type { Id, Mention, MentionList, MentionsRead } from "../../rest/types";
import type { Api } from "../rest/api";
import { partOf } from "../state/select";
import { watched } from "../store/notices";
import type { InboxStore } from "../store/inbox_store";

export const SHOWN = 50; // the newest ones

type Predicate = (mention: Mention) => boolean;

export class MentionInbox {
  private readonly listeners = new Set<() => void>();
  private readonly seen = new Set<Predicate>(); // what is on screen
  private loading = false;
  private again = false; // touched while loading
  list: MentionList | null = null;
  failed = false;

  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** `look` false: marks nothing as read at once, after a read mark has failed. */
  async load(look = true): Promise<void> {
    if (this.loading) {
      this.again = true;
      return;
    }
    this.loading = true;
    try {
      do {
        this.again = false;
        this.list = await this.api.call<MentionList>("GET", `/projects/${this.project}/mentions?limit=${SHOWN}`);
      } while (this.again);
      this.failed = false;
    } catch {
      this.failed = true; // what was loaded before stays
    } finally {
      this.loading = false;
    }
    if (look) this.look();
    this.changed();
  }

  /** Marks mentions as read as soon as they are on screen in a tab that has the focus. Returns a function that ends
   *  it. */
  seeing(shown: Predicate): () => void {
    this.seen.add(shown);
    this.look();
    return () => this.seen.delete(shown);
  }

  /** Looks again, for example because the tab has got the focus. */
  look(): void {
    if (!watched()) return;
    const found = this.list?.items.filter((one) => !one.read && [...this.seen].some((shown) => shown(one))) ?? [];
    if (found.length > 0) this.read(found.map(({ id }) => id));
  }

  /** `ids` null: all. */
  read(ids: readonly Id[] | null): void {
    const { list } = this;
    if (list === null) return;
    const read = list.items.filter((one) => !one.read && (ids === null || ids.includes(one.id)));
    if (read.length === 0 && (ids !== null || list.unread === 0)) return;
    this.list = {
      items: list.items.map((one) => (read.includes(one) ? { ...one, read: true } : one)),
      unread: ids === null ? 0 : Math.max(0, list.unread - read.length),
    };
    this.changed();
    const body: MentionsRead = ids === null ? {} : { ids: read.map(({ id }) => id) };
    // After a failure they are unread again.
    void this.api.call("POST", `/projects/${this.project}/mentions/read`, body).catch(() => this.load(false));
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

const inboxes = new WeakMap<InboxStore, MentionInbox>();

/** The mentions of the store's project; they live as long as the store. */
export function mentionInboxOf(store: InboxStore, api: Api, project: Id): MentionInbox {
  let inbox = inboxes.get(store);
  if (inbox === undefined) {
    inbox = new MentionInbox(api, project);
    inboxes.set(store, inbox);
    const made = inbox;
    store.onTouched(partOf("mentions", store.state.me), () => void made.load());
    void made.load();
  }
  return inbox;
}
