/** The composer of the open conversation, for parts that write into it. */

import type { Accepted, Draft } from "../../store/drafts";
import type { Id } from "../../state/model";

export interface OpenComposer {
  readonly conversation: Id;
  text(): string;
  /** Puts the text into the reply; the browser's own undo brings the old one back. Nothing is sent. */
  put(body: string, accepted: Accepted | null): void;
}

let current: OpenComposer | null = null;

export function openComposer(): OpenComposer | null {
  return current;
}

/** Until the returned function is called. */
export function offerComposer(composer: OpenComposer): () => void {
  current = composer;
  return () => {
    if (current === composer) current = null;
  };
}

/** Focuses the composer of the open conversation. */
export function compose(mode: Draft["mode"]): void {
  dispatchEvent(new CustomEvent("parley:compose", { detail: mode }));
}
