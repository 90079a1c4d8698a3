/** Turns a thread into rows: days, groups of one author, the "new" marker, and changes. */

import type { Change, Message, Party, Reply, Thread } from "./model";

const GROUP_GAP = 5 * 60_000; // ms between two bubbles of one group

export type Row =
  | { readonly type: "day"; readonly key: string; readonly at: number }
  | { readonly type: "new"; readonly key: string }
  | { readonly type: "change"; readonly key: string; readonly change: Change }
  | {
      readonly type: "message";
      readonly key: string;
      readonly message: Message;
      readonly first: boolean;
      readonly last: boolean;
    }
  | {
      readonly type: "reply";
      readonly key: string;
      readonly reply: Reply;
      readonly first: boolean;
      readonly last: boolean;
    };

interface Bubble {
  readonly author: string;
  readonly party: Party;
  readonly note: boolean;
  readonly at: number;
}

/** The rows of a thread; `me` is the author of the pending replies. */
export function timeline(thread: Thread, me: string): readonly Row[] {
  const rows: Row[] = [];
  const changes = [...thread.changes];
  let day = "";
  let before: Bubble | null = null;
  let marked = false;

  const breakRun = (): void => {
    endRun(rows);
    before = null;
  };
  const bubble = (next: Bubble): boolean => {
    const first = before === null || !together(before, next);
    if (first) endRun(rows);
    before = next;
    return first;
  };
  const openDay = (at: number): void => {
    const name = dayOf(at);
    if (name === day) return;
    day = name;
    breakRun();
    rows.push({ type: "day", key: `day ${name}`, at });
  };
  const addChanges = (below: number): void => {
    while (changes[0] !== undefined && changes[0].seq < below) {
      const change = changes.shift() as Change;
      breakRun();
      rows.push({
        type: "change",
        key: `change ${change.at} ${change.status ?? change.assignee?.id ?? change.owner?.reason ?? "unassigned"}`,
        change,
      });
    }
  };

  for (const message of thread.messages) {
    addChanges(message.seq);
    openDay(message.at);
    if (!marked && message.seq > thread.seen && message.author.id !== me) {
      marked = true;
      if (thread.seen > 0) {
        breakRun();
        rows.push({ type: "new", key: "new" });
      }
    }
    const { id: author, party } = message.author;
    const first = bubble({ author, party, note: message.kind === "note", at: message.at });
    rows.push({ type: "message", key: message.ref ?? message.id, message, first, last: false });
  }
  addChanges(Number.POSITIVE_INFINITY);
  for (const reply of thread.replies) {
    openDay(reply.at);
    const first = bubble({ author: me, party: "agent", note: reply.kind === "note", at: reply.at });
    rows.push({ type: "reply", key: reply.ref, reply, first, last: false });
  }
  endRun(rows);
  return rows;
}

function endRun(rows: Row[]): void {
  const row = rows.at(-1);
  if (row?.type === "message" || row?.type === "reply") rows[rows.length - 1] = { ...row, last: true };
}

function together(a: Bubble, b: Bubble): boolean {
  return a.author === b.author && a.party === b.party && a.note === b.note && Math.abs(b.at - a.at) < GROUP_GAP;
}

/** The local calendar day, as a key. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}
