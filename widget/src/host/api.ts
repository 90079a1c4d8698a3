/** The page's API, and the interface between the loader and the embed. A cached loader can meet an embed of another
 *  release, older or newer: members are only added here, never renamed or removed. */

import type { Which } from "../chat/chat";
import type { Store } from "../chat/storage";
import type { HistoryPage } from "../chat/store";
import type { WidgetSettings } from "../rest/types";
import type { Platform } from "../wire/platform";

export type ParleyEvent = "open" | "close" | "unread" | "message" | "urlchange";
export type Listener = (detail: never) => void;

/** What a page knows about its visitor. `token` is no fact but what its server has signed, a JWT; `external_id`,
 *  `expires` and `signature` together are the simple form of it. */
export interface Facts {
  [fact: string]: string | number | boolean | null | undefined;
}

export interface Where {
  url?: string;
  title?: string;
}

/** What a page changes of the project's look, by `Parley.set`; null: as the project has it. */
export interface PageLook {
  theme?: string | null;
  position?: "left" | "right" | null;
  offsetX?: number | null;
  offsetY?: number | null;
  icon?: string | null;
  /** On the launcher; false: none. */
  label?: string | false | null;
  /** In a bubble beside the launcher; false: none. */
  greeting?: string | false | null;
  /** Seconds; 0: never. */
  autoOpen?: number | null;
  sound?: boolean | null;
  /** The launcher: the page opens the chat by itself. */
  hidden?: boolean | null;
  language?: string | null;
}

/** Calls that need the loaded widget. */
export interface WidgetApi {
  open(): void;
  close(): void;
  toggle(): void;
  /** Sets facts (custom attributes) of the visitor; sent with texts, and at once when a conversation exists. With a
   *  token: goes on as the visitor whom the site has vouched for. */
  identify(facts: Facts): void;
  /** Looks as `HostApi.look` says now. */
  wear(): void;
  /** Attaches the widget again to a page that has removed it. */
  attach(): void;
  destroy(): void;
}

/** The part of the project's public settings that the embed reads. The optional ones are missing from a loader or a
 *  server that is older than they. */
export type Settings = Pick<WidgetSettings, "name" | "agents_online"> &
  Partial<
    Pick<
      WidgetSettings,
      "messages_per_minute" | "ask_consent" | "assistant" | "articles" | "appearance" | "attachments"
    >
  > & {
    pre_chat?: WidgetSettings["pre_chat"];
  };

/** The visitor's current page, as agents see it. */
export interface PageNow {
  readonly url: string;
  readonly title: string;
  readonly referrer: string;
}

/** The loader's services for the embed: everything that touches the customer's page except the view. */
export interface HostApi {
  readonly project: string;
  /** WebSocket, clock and timers. Its name stays, because a cached loader passes it to a newer embed. */
  readonly world: Platform;
  /** Nothing is stored and no connection made before the visitor opens the chat. */
  readonly startOnOpen?: boolean;
  /** The data attributes of the script tag, `data-sound` as `sound`: parsed by the parts, to keep the loader small. */
  readonly choices?: DOMStringMap;
  /** What the page has set, not checked yet. */
  readonly look?: PageLook;
  readonly local: Store;
  readonly session: Store;
  /** Of the names in both stores, if it is not that of the anonymous visitor. */
  readonly prefix?: string;
  /** A lock across tabs for the first hello: resolves when this tab holds it, with a function that releases it. */
  turn(): Promise<() => void>;
  history(key: string, which: Which): Promise<HistoryPage>;
  readonly language: string;
  /** Imports a module by its name in dist; retries for half a minute before it rejects. */
  load(file: string): Promise<unknown>;
  page(): PageNow;
  /** Calls `moved` whenever address or title changed. */
  follow(moved: () => void): void;
  /** Calls `act` when the page has nothing more urgent to do. */
  idle(act: () => void): void;
  /** Applies the system's colour scheme to the element; returns a function that stops it. */
  theme(element: HTMLElement): () => void;
  /** Calls `take` with the settings, now or when they come. */
  settings(take: (settings: Settings) => void): void;
  emit(event: ParleyEvent, detail?: unknown): void;
  ready(widget: WidgetApi): void;
}

/** The module that the loader imports: the first load of the embed in one language. */
export interface EmbedModule {
  start(host: HostApi): void;
}

/** `window.Parley`. */
export interface Parley extends Omit<WidgetApi, "attach" | "wear"> {
  /** Changes the look on this page; merged with what was set before. */
  set(look: PageLook): void;
  /** Forgets the visitor in this browser; call it on sign-out. */
  reset(): void;
  /** Called when the script tag runs once more, with its project. Internal. */
  again(project: string): void;
  /** Sets the current page where the History API does not show it. */
  setPage(where: Where): void;
  /** Returns a function that stops listening. */
  on(event: ParleyEvent, listener: Listener): () => void;
}
