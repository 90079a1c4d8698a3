/** A replay as it is shown: the conversations in order, and what differs in two outcomes. Pure. */

import type { ReplayedConversation, ReplayedOutcome, ReplayedTool } from "../../../../rest/types";

export type Verdict = "changed" | "unknown" | "same";

export const VERDICTS: readonly Verdict[] = ["changed", "unknown", "same"];

/** `alone`: the other outcome does not have it at this place. */
export interface Marked<T> {
  readonly one: T;
  readonly alone: boolean;
}

export interface Beside<T> {
  readonly recorded: readonly Marked<T>[];
  readonly draft: readonly Marked<T>[];
}

export function verdictOf({ changed, unknown }: { readonly changed: boolean; readonly unknown: boolean }): Verdict {
  if (changed) return "changed";
  return unknown ? "unknown" : "same";
}

/** The changed ones first, then the unknown ones; the latest first within each. */
export function inOrder(conversations: readonly ReplayedConversation[]): readonly ReplayedConversation[] {
  return VERDICTS.flatMap((verdict) => conversations.filter((one) => verdictOf(one) === verdict));
}

export function paths(recorded: ReplayedOutcome, draft: ReplayedOutcome): Beside<string> {
  return beside(recorded.path, draft.path, (id) => id, draft.end === "unknown");
}

export function tools(recorded: ReplayedOutcome, draft: ReplayedOutcome): Beside<ReplayedTool> {
  return beside(recorded.tools, draft.tools, keyOf, draft.end === "unknown");
}

/** Whether what was said differs, and what follows; nothing of an unknown draft, which has not come so far. */
export function endings(recorded: ReplayedOutcome, draft: ReplayedOutcome): Readonly<Record<"text" | "end", boolean>> {
  if (draft.end === "unknown") return { text: false, end: false };
  const end = ({ end: how, handoff, error }: ReplayedOutcome): string => JSON.stringify([how, handoff, error]);
  return { text: recorded.text !== draft.text, end: end(recorded) !== end(draft) };
}

/** What stays the same is the longest common part. `open`: the draft's list ends before its end is known. */
function beside<T>(recorded: readonly T[], draft: readonly T[], key: (one: T) => string, open: boolean): Beside<T> {
  const [old, fresh] = common(recorded.map(key), draft.map(key));
  const known = open ? (old.size === 0 ? 0 : Math.max(...old) + 1) : recorded.length;
  const diverged = fresh.size < draft.length;
  return {
    recorded: recorded.map((one, at) => ({ one, alone: !old.has(at) && (at < known || diverged) })),
    draft: draft.map((one, at) => ({ one, alone: !fresh.has(at) })),
  };
}

/** The places of the longest common subsequence in each list. */
function common(one: readonly string[], other: readonly string[]): readonly [Set<number>, Set<number>] {
  const width = other.length + 1;
  const longest = new Array<number>((one.length + 1) * width).fill(0);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = one.length - 1; i >= 0; i--)
    for (let j = other.length - 1; j >= 0; j--)
      longest[i * width + j] = one[i] === other[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const [left, right] = [new Set<number>(), new Set<number>()];
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    if (one[i] === other[j]) {
      left.add(i++);
      right.add(j++);
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return [left, right];
}

function keyOf({ tool, arguments: given }: ReplayedTool): string {
  return JSON.stringify([tool, Object.entries(given).sort(([one], [other]) => (one < other ? -1 : 1))]);
}
