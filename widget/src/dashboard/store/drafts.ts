/** Drafts of replies, one per conversation: in sessionStorage, so that they survive a reload. */

import type { Mentioned } from "../../rest/types";
import { isMentioned } from "../mentions/text";
import type { Id } from "../state/model";

export interface Draft {
  readonly body: string;
  readonly mode: "text" | "note";
  /** The last `seq` when the draft was begun: a higher one came while the agent was writing. */
  readonly after: number;
  /** Teammates picked for a note; the text may not name them any more. */
  readonly mentions?: readonly Mentioned[];
  /** What the copilot wrote of it. */
  readonly accepted?: Accepted;
}

/** A text of the copilot that the agent has taken. */
export interface Accepted {
  readonly session: Id;
  readonly message: Id;
  readonly text: string;
}

/** The subset of Storage that is used here. */
export type DraftStorage = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export const NO_DRAFT: Draft = { body: "", mode: "text", after: 0 };
export const MAX_DRAFTS = 50;
const MAX_LENGTH = 100_000; // UTF-16 units; a longer text cannot be sent
const PREFIX = "parley:draft:";

export class Drafts {
  private readonly prefix: string;

  /** Drafts belong to one user: the next user who signs in in this tab does not see them. */
  constructor(
    owner: Id,
    private readonly storage: DraftStorage | null,
    private readonly now: () => number = Date.now,
  ) {
    this.prefix = `${PREFIX}${owner}:`;
  }

  of(conversation: Id): Draft {
    return parsed(this.read(this.prefix + conversation)) ?? NO_DRAFT;
  }

  keep(conversation: Id, draft: Draft): void {
    const key = this.prefix + conversation;
    if (draft.body === "" || draft.body.length > MAX_LENGTH) return this.remove(key);
    if (this.read(key) === null) this.makeRoom();
    try {
      this.storage?.setItem(key, JSON.stringify({ ...draft, at: this.now() }));
    } catch {
      // Storage is full or forbidden: the draft lasts as long as the page.
    }
  }

  /** Removes the oldest drafts beyond the limit. */
  private makeRoom(): void {
    const kept = keysOf(this.storage);
    if (kept.length < MAX_DRAFTS) return;
    const ages = kept.map((key) => [key, begun(this.read(key))] as const).sort((a, b) => a[1] - b[1]);
    for (const [key] of ages.slice(0, kept.length - MAX_DRAFTS + 1)) this.remove(key);
  }

  private read(key: string): string | null {
    try {
      return this.storage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  private remove(key: string): void {
    try {
      this.storage?.removeItem(key);
    } catch {
      // No storage: nothing to remove.
    }
  }
}

/** Removes every draft of this tab, as signing out does. */
export function forgetDrafts(storage: DraftStorage | null): void {
  for (const key of keysOf(storage)) storage?.removeItem(key);
}

/** The tab's storage, or null where the browser forbids it. */
export function tabStorage(): DraftStorage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

function keysOf(storage: DraftStorage | null): readonly string[] {
  const keys: string[] = [];
  for (let index = 0; index < (storage?.length ?? 0); index++) {
    const key = storage?.key(index) ?? "";
    if (key.startsWith(PREFIX)) keys.push(key);
  }
  return keys;
}

function parsed(text: string | null): Draft | null {
  const kept = fields(text);
  if (typeof kept.body !== "string" || kept.body.length > MAX_LENGTH) return null;
  const after = typeof kept.after === "number" && Number.isFinite(kept.after) ? kept.after : 0;
  const draft = {
    body: kept.body,
    mode: kept.mode === "note" ? ("note" as const) : ("text" as const),
    after,
    ...(isAccepted(kept.accepted) ? { accepted: kept.accepted } : {}),
  };
  if (!Array.isArray(kept.mentions)) return draft;
  return { ...draft, mentions: (kept.mentions as readonly unknown[]).filter(isMentioned) };
}

function isAccepted(kept: unknown): kept is Accepted {
  const { session, message, text } = (kept ?? {}) as Readonly<Record<string, unknown>>;
  return typeof session === "string" && typeof message === "string" && typeof text === "string";
}

function begun(text: string | null): number {
  const { at } = fields(text);
  return typeof at === "number" ? at : 0;
}

function fields(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
