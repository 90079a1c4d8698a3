/** What a customer's page may call, and what the loader and the embed say to each other.
 *
 *  A cached loader can meet an embed of another release, older or newer: what stands here is only added to. */

import type { Which } from "../chat/chat";
import type { Store } from "../chat/storage";
import type { HistoryPage } from "../chat/store";
import type { Platform } from "../wire/platform";

export type ParleyEvent = "open" | "close" | "unread" | "message" | "urlchange";
export type Listener = (detail: never) => void;

export interface Facts {
  [fact: string]: string | number | boolean | null | undefined;
}

export interface Where {
  url?: string;
  title?: string;
}

/** What only the loaded widget can do. */
export interface WidgetApi {
  open(): void;
  close(): void;
  toggle(): void;
  /** Facts that the page knows about its visitor; sent with texts, and at once where a conversation exists. */
  identify(facts: Facts): void;
  /** Puts the widget back into a page that has lost it. */
  attach(): void;
  destroy(): void;
}

/** The project's public settings. */
export interface Settings {
  readonly name: string;
  readonly agents_online: number;
  readonly messages_per_minute?: number;
}

/** Where the visitor is, as agents may see it. */
export interface PageNow {
  readonly url: string;
  readonly title: string;
  readonly referrer: string;
}

/** What the loader does for the embed: everything that touches the customer's page but the view itself. */
export interface HostApi {
  readonly project: string;
  readonly world: Platform;
  /** Nothing is stored and no connection made before the visitor opens the chat. */
  readonly startOnOpen?: boolean;
  /** What the page chose in its script tag, `data-sound` as `sound`: read by the parts, since the loader must be small. */
  readonly choices?: DOMStringMap;
  readonly local: Store;
  readonly session: Store;
  /** Resolves when this tab may say a first hello, with what lets the next one. */
  turn(): Promise<() => void>;
  history(key: string, which: Which): Promise<HistoryPage>;
  readonly language: string;
  /** Imports a module of ours by its name in dist; tries again by itself for half a minute before it rejects. */
  load(file: string): Promise<unknown>;
  page(): PageNow;
  /** Calls `moved` whenever address or title changed. */
  follow(moved: () => void): void;
  /** Calls `act` when the page has nothing more urgent to do. */
  idle(act: () => void): void;
  /** Dresses the element in the system's palette; returns a function that stops it. */
  theme(element: HTMLElement): () => void;
  /** Calls `take` with the settings, now or when they come. */
  settings(take: (settings: Settings) => void): void;
  emit(event: ParleyEvent, detail?: unknown): void;
  ready(widget: WidgetApi): void;
}

/** The module that the loader imports: the first load of the embed, in one language. */
export interface EmbedModule {
  start(host: HostApi): void;
}

/** `window.Parley`. */
export interface Parley extends Omit<WidgetApi, "attach"> {
  /** Forgets who the visitor is, in this browser: for signing out. */
  reset(): void;
  /** Called when the script tag runs once more, with its project. Not for pages. */
  again(project: string): void;
  /** The current page, where the History API does not tell. */
  setPage(where: Where): void;
  /** Returns a function that stops listening. */
  on(event: ParleyEvent, listener: Listener): () => void;
}
