/** Hop 1: the outbound queue of optimistic messages: texts that the server has not stored yet, by ref, in memory and
 *  in localStorage, for reloads and other tabs. One entry per text, so that tabs never overwrite each other; a ref
 *  makes sending again idempotent. At most one text is in flight: a text that waits in Redis can still be lost there,
 *  and a later text would then overtake it. */

import type { FieldErrors } from "../forms/fields";
import type { Unsent } from "./model";
import type { Platform } from "../wire/platform";
import type { Store } from "./storage";

const STORED_TIMEOUT = 5_000; // ms after which a text without `stored` is sent again
const TAKEOVER_TIMEOUT = 10_000; // ms without an attempt after which this tab takes over a text of another tab
const TTL = 7 * 86_400_000; // ms; older texts are marked as failed for good
const EXPIRED = -1; // used as a refusal code
const MAX_QUEUE = 100; // texts in the queue; when it is full, `add` returns false

interface Entry extends Unsent {
  readonly tab: string;
  readonly tried: number; // when a tab last sent it, in ms since the epoch
}

type Clock = Pick<Platform, "now" | "monotonic">;

export class Queue {
  #entries = new Map<string, Entry>();
  #onWire: string | null = null; // the ref in flight on this connection
  // Times of the monotonic clock, in ms.
  #dueAt = new Map<string, number>(); // when to send it, again, or in place of another tab
  #notBefore = 0;

  constructor(
    private readonly store: Store,
    private readonly prefix: string,
    private readonly tab: string,
    private readonly clock: Clock,
  ) {
    for (const key of store.names(prefix)) this.changedElsewhere(key, store.read(key));
    const oldest = clock.now() - TTL;
    for (const entry of this.#entries.values()) if (entry.at < oldest) this.#put({ ...entry, refused: EXPIRED });
  }

  /** In the order in which they were written. */
  list(): readonly Unsent[] {
    return [...this.#entries.values()].sort((a, b) => a.at - b.at || (a.ref < b.ref ? -1 : 1));
  }

  /** Adds a text, or `more` with an empty one; false when the queue is full. */
  add(ref: string, body: string, more: Pick<Unsent, "form" | "article" | "attached"> = {}): boolean {
    if (this.#entries.size >= MAX_QUEUE) return false;
    this.#put({ ...more, ref, body, at: this.#newest(), refused: 0, tab: this.tab, tried: 0 });
    return true;
  }

  /** The text to send now, or null; the text then counts as in flight. */
  next(): Unsent | null {
    const now = this.clock.monotonic();
    if (now < this.#notBefore || (this.#onWire && now < this.#due(this.#onWire))) return null;
    this.#onWire = null;
    for (const unsent of this.list()) {
      const entry = this.#entries.get(unsent.ref)!;
      if (entry.refused || this.#due(entry.ref) > now) continue;
      this.#put({ ...entry, tried: this.clock.now() });
      this.#onWire = entry.ref;
      this.#dueAt.set(entry.ref, now + STORED_TIMEOUT);
      return unsent;
    }
    return null;
  }

  /** When `next` may return a text again; Infinity: only after another event. */
  get wakeAt(): number {
    if (this.#onWire) return this.#due(this.#onWire);
    const due = this.list().map(({ ref, refused }) => (refused ? Infinity : this.#due(ref)));
    return Math.max(this.#notBefore, Math.min(Infinity, ...due));
  }

  /** A temporary refusal: sends the same text again after `wait` ms; the others wait behind it. */
  delayed(ref: string, wait: number): void {
    this.#free(ref);
    this.#notBefore = Math.max(this.#notBefore, this.clock.monotonic() + wait);
  }

  /** A permanent refusal. */
  refused(ref: string, code: number, errors?: FieldErrors): void {
    const entry = this.#entries.get(ref);
    this.#free(ref);
    if (entry) this.#put({ ...entry, refused: code, errors });
  }

  /** The visitor asked to try again. */
  retry(ref: string): void {
    const entry = this.#entries.get(ref);
    if (entry) this.#put({ ...entry, refused: 0, at: this.#newest(), tab: this.tab });
  }

  /** The text is stored, or the visitor has discarded it. */
  remove(ref: string): void {
    this.#drop(ref);
    this.store.write(this.prefix + ref, null);
  }

  /** A connection opened or closed: nothing is in flight. */
  reconnected(): void {
    this.#onWire = null;
    this.#notBefore = 0;
    for (const entry of this.#entries.values()) this.#wait(entry);
  }

  /** Handles a storage event; true when it was about a queued text. */
  changedElsewhere(key: string, value: string | null): boolean {
    if (!key.startsWith(this.prefix)) return false;
    const ref = key.slice(this.prefix.length);
    const entry = value === null ? null : parse(ref, value);
    if (entry) this.#hold(entry);
    else this.#drop(ref);
    return true;
  }

  #drop(ref: string): void {
    if (this.#onWire === ref) this.#onWire = null;
    this.#dueAt.delete(ref);
    this.#entries.delete(ref);
  }

  /** Not in flight any more. */
  #free(ref: string): void {
    if (this.#onWire === ref) this.#onWire = null;
    const entry = this.#entries.get(ref);
    if (entry) this.#wait(entry);
  }

  #due(ref: string): number {
    return this.#dueAt.get(ref) ?? 0;
  }

  /** A clock that was set back must not order a text before earlier ones. */
  #newest(): number {
    return Math.max(this.clock.now(), ...this.list().map((text) => text.at + 1));
  }

  #hold(entry: Entry): void {
    this.#entries.set(entry.ref, entry);
    if (this.#onWire !== entry.ref) this.#wait(entry);
  }

  /** A text that is not in flight is sent at once, or when the tab that wrote it no longer tries. */
  #wait({ ref, tab, at, tried }: Entry): void {
    // All tabs share one wall clock, but it may have been set since: a time in the future counts as now.
    const age = Math.max(0, this.clock.now() - Math.max(at, tried));
    this.#dueAt.set(ref, tab === this.tab ? 0 : this.clock.monotonic() + TAKEOVER_TIMEOUT - age);
  }

  #put(entry: Entry): void {
    this.#hold(entry);
    this.store.write(this.prefix + entry.ref, JSON.stringify(entry));
  }
}

/** The page can write to storage too: entries that are not valid are ignored. */
function parse(ref: string, value: string): Entry | null {
  try {
    const entry = JSON.parse(value) as Entry;
    const { body, at, refused, tab, tried, form, attached } = entry;
    // Releases without forms or files skip an empty body, so they do not send the rest as a text.
    if (!/^[\da-f-]{36}$/.test(ref) || typeof body !== "string" || !(body || form || attached)) return null;
    return { ...entry, ref, at: +at || 0, refused: +refused || 0, tab: `${tab}`, tried: +tried || 0 };
  } catch {
    return null;
  }
}
