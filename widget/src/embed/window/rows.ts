/** Turns messages into rows: days, groups of one author, which bubbles get a name and a status. Pure. */

import type { ChatState } from "../../chat/model";
import type { Person } from "../../wire/frames";

const GROUP_GAP = 5 * 60_000; // ms between two messages of one bubble group

export type Mark = "sending" | "failed" | "sent" | "read";

export type Row =
  | { type: "day"; key: string; at: number }
  | { type: "note"; key: string; body: string }
  | {
      type: "bubble";
      key: string;
      ref: string | null;
      mine: boolean;
      author: Person | null;
      body: string;
      at: number;
      mark: Mark | null;
      refused: number;
      first: boolean; // of its group
      last: boolean;
    };

type BubbleRow = Extract<Row, { type: "bubble" }>;

export function rowsOf(state: ChatState): Row[] {
  const rows: Row[] = [];
  let day = "";
  let open: BubbleRow | null = null;
  const add = (bubble: Omit<BubbleRow, "type" | "first" | "last">) => {
    const today = new Date(bubble.at).toDateString();
    if (today !== day) {
      rows.push({ type: "day", key: `day ${today}`, at: bubble.at });
      day = today;
      open = null;
    }
    const joins =
      open !== null &&
      open.mine === bubble.mine &&
      open.author?.id === bubble.author?.id &&
      bubble.at - open.at < GROUP_GAP;
    if (joins && open) open.last = false;
    open = { type: "bubble", ...bubble, first: !joins, last: true };
    rows.push(open);
  };
  // An agent who answers has read, with or without a read mark.
  const read = state.messages.reduce(
    (last, { seq, author }) => (author.party === "agent" ? Math.max(last, seq) : last),
    state.agentReadSeq,
  );
  for (const { seq, ref, author, body, at, kind } of state.messages) {
    if (kind === "system" || author.party === "system") {
      rows.push({ type: "note", key: String(seq), body });
      open = null;
      continue;
    }
    const mine = author.party === "visitor";
    const mark = !mine ? null : seq <= read ? "read" : "sent";
    // The ref stays the key when the text is stored, so that the bubble stays the same element.
    add({ key: ref && mine ? ref : String(seq), ref, mine, author: mine ? null : author, body, at, mark, refused: 0 });
  }
  for (const { ref, body, at, refused } of state.unsent) {
    add({ key: ref, ref, mine: true, author: null, body, at, mark: refused ? "failed" : "sending", refused });
  }
  return rows;
}
