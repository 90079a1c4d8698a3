/** Leader election between the tabs of one agent: one tab has the role of alerting, and none alerts for a conversation
 *  that is being read. Roles and reading are Web Locks, which the browser releases when a tab is closed or crashes.
 *  Without Web Locks (a page without HTTPS) every tab decides alone. */

import type { Id } from "../state/model";

type Locks = Pick<LockManager, "request" | "query">;
type Release = () => void;

export class Tabs {
  private readonly name: string;
  private readonly roles = new Set<string>(); // roles that this tab holds
  private readonly applied = new Map<string, Promise<void>>();
  private readonly leaving = new AbortController();
  private readonly closed: Promise<void>;
  private reading: { readonly conversation: Id; readonly end: Release } | null = null;

  constructor(
    owner: Id,
    project: Id,
    private readonly locks: Locks | null,
  ) {
    this.name = `parley:${owner}:${project}`;
    this.closed = new Promise((resolve) => this.leaving.signal.addEventListener("abort", () => resolve()));
  }

  /** Whether this tab holds `role`. Asking makes it a candidate for as long as it is open. */
  async has(role: "sound" | "notification"): Promise<boolean> {
    if (this.locks === null) return true;
    const known = this.applied.get(role) ?? this.apply(role, this.locks);
    this.applied.set(role, known);
    await known;
    return this.roles.has(role);
  }

  /** Announces the conversation that the agent is reading in this tab; null: none. */
  read(conversation: Id | null): void {
    if (this.locks === null || conversation === (this.reading?.conversation ?? null)) return;
    this.reading?.end();
    this.reading = conversation === null ? null : { conversation, end: this.hold(this.readingName(conversation)) };
  }

  /** Whether the agent is reading the conversation in any tab, this one included. */
  async isRead(conversation: Id): Promise<boolean> {
    if (this.locks === null) return false;
    const { held = [] } = await this.locks.query();
    return held.some((lock) => lock.name === this.readingName(conversation));
  }

  close(): void {
    this.read(null);
    this.leaving.abort();
  }

  private readingName(conversation: Id): string {
    return `${this.name}:reading:${conversation}`;
  }

  /** Resolves as soon as it is known whether the role is free; if it is not, this tab queues for it. */
  private apply(role: string, locks: Locks): Promise<void> {
    const name = `${this.name}:${role}`;
    const take = (): Promise<void> => {
      this.roles.add(role);
      return this.closed;
    };
    return new Promise((known) => {
      locks
        .request(name, { ifAvailable: true }, (lock) => {
          known();
          if (lock !== null) return take();
          void locks.request(name, { signal: this.leaving.signal }, take).catch(() => undefined); // closed while queued
          return undefined;
        })
        .catch(() => known()); // the browser refused: this tab does not have the role
    });
  }

  private hold(name: string): Release {
    let release: Release = () => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    void this.locks?.request(name, { mode: "shared" }, () => until).catch(() => undefined);
    return release;
  }
}

/** The browser's lock manager, or null. */
export function browserLocks(): Locks | null {
  return typeof navigator === "undefined" ? null : (navigator.locks ?? null);
}
