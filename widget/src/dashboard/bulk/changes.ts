/** One change of many conversations over REST, in portions, and how much of it succeeded. */

import type { BulkChange, BulkResults, Id } from "../../rest/types";
import type { Api } from "../rest/api";
import type { Conversation, Status } from "../state/model";

const PORTION = 100; // conversations in one call

/** What is changed: `read` marks everything that the agent has loaded as read. */
export type Change =
  | { readonly what: "status"; readonly status: Status }
  | { readonly what: "assign"; readonly assignee: Id | null }
  | { readonly what: "read" };

/** `undo`: the conversations whose status was changed, by the status that they had. */
export interface Outcome {
  readonly changed: number;
  readonly failed: number;
  readonly undo: ReadonlyMap<Status, readonly Conversation[]>;
}

export async function changeAll(
  api: Api,
  project: Id,
  rows: readonly Conversation[],
  change: Change,
): Promise<Outcome> {
  let changed = 0;
  let failed = 0;
  const undo = new Map<Status, Conversation[]>();
  for (let start = 0; start < rows.length; start += PORTION) {
    const portion = rows.slice(start, start + PORTION);
    const results = await call(api, project, portion, change);
    for (const row of portion) {
      const result = results.get(row.id) ?? "refused";
      if (result === "refused") failed += 1;
      else changed += 1;
      if (result === "changed" && change.what === "status")
        undo.set(row.status, [...(undo.get(row.status) ?? []), row]);
    }
  }
  return { changed, failed, undo };
}

/** Puts the statuses back; resolves with how many could not be. */
export async function undoAll(api: Api, project: Id, undo: Outcome["undo"]): Promise<number> {
  let failed = 0;
  for (const [status, rows] of undo) failed += (await changeAll(api, project, rows, { what: "status", status })).failed;
  return failed;
}

/** The result of each conversation; none when the call failed as a whole. */
async function call(
  api: Api,
  project: Id,
  rows: readonly Conversation[],
  change: Change,
): Promise<ReadonlyMap<Id, string>> {
  try {
    const { results } = await api.call<BulkResults>(
      "POST",
      `/projects/${project}/conversations/bulk`,
      body(rows, change),
    );
    return new Map(results.map((one) => [one.id, one.result]));
  } catch {
    return new Map();
  }
}

function body(rows: readonly Conversation[], change: Change): BulkChange {
  switch (change.what) {
    case "status":
      return { items: rows.map(({ id }) => ({ id })), status: change.status };
    case "assign":
      return { items: rows.map(({ id }) => ({ id })), assignee_id: change.assignee };
    default:
      return { items: rows.map(({ id, last_seq }) => ({ id, seq: last_seq })), read: true };
  }
}
