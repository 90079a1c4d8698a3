/** What a chat is made of, and what it tells the view. */

import type { MessageFrame } from "../wire/frames";
import type { Surroundings } from "../wire/surroundings";
import type { Memory } from "./memory";
import type { Queue } from "./queue";
import type { HistoryPage } from "./store";

/** Which page of history: the newest, or before or after a `seq`. */
export type Which = { before_seq: number } | { after_seq: number } | Record<string, never>;

export interface ChatParts {
  readonly project: string;
  readonly tab: string;
  readonly world: Surroundings;
  readonly memory: Memory;
  readonly queue: Queue;
  /** Resolves when this tab may say a first hello, with what lets the next one. */
  readonly turn: () => Promise<() => void>;
  /** History over HTTP with the visitor's key. */
  readonly history: (key: string, which: Which) => Promise<HistoryPage>;
  readonly page: () => { url: string; title: string; referrer: string };
  readonly language: string;
  readonly version: string;
}

/** What the view is told. */
export interface ChatListener {
  changed(): void;
  /** A message of somebody else, just now. */
  arrived(message: MessageFrame): void;
}
