/** Turns messages into rows: days, groups of one author, which bubbles get a name and a status. Pure. */

import { needsNewer } from "../../chat/content";
import { dated } from "../../forms/text";
import type { ChatState, Message } from "../../chat/model";
import type { Person } from "../../wire/frames";

const GROUP_GAP = 5 * 60_000; // ms between two messages of one bubble group

export type Mark = "sending" | "failed" | "sent" | "read";

export type Row =
  | { type: "day"; key: string; at: number }
  | { type: "note"; key: string; body: string; instead: Instead }
  | {
      type: "bubble";
      key: string;
      ref: string | null;
      mine: boolean;
      author: Person | null;
      body: string;
      instead: Instead;
      note: "edited" | "stopped" | false | undefined; // beside the time
      card?: string | false | undefined; // what a part draws beside the text: "form" or "files"
      id: string; // of the message, or the ref of one that is not sent
      at: number;
      mark: Mark | null;
      refused: number;
      first: boolean; // of its group
      last: boolean;
    };

/** The text that is shown in place of the body: it was removed, or only a newer version can show it. */
export type Instead = "removed" | "newer" | null;

export const insteadOf = ({ redacted_at, content }: Message): Instead =>
  redacted_at ? "removed" : needsNewer(content) ? "newer" : null;

/** What a part draws for a type of content. */
const CARDS: Readonly<Record<string, string>> = { form_request: "form", attachment: "files" };

type BubbleRow = Extract<Row, { type: "bubble" }>;

/** `language`: that of days in answers to forms; none: the browser's. */
export function rowsOf(state: ChatState, language?: string): Row[] {
  const rows: Row[] = [];
  let day = "";
  let open: BubbleRow | null = null;
  const openDay = (at: number) => {
    const today = new Date(at).toDateString();
    if (today === day) return;
    rows.push({ type: "day", key: `day ${today}`, at });
    day = today;
    open = null;
  };
  const add = (bubble: Omit<BubbleRow, "type" | "first" | "last">) => {
    openDay(bubble.at);
    const joins =
      open?.mine === bubble.mine &&
      open.author?.id === bubble.author?.id &&
      open.author?.party === bubble.author?.party &&
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
  for (const message of state.messages) {
    const { seq, id, ref, author, at, kind, content } = message;
    // An agent may have corrected the answers.
    const body = dated(state.forms[id]?.body ?? message.body, content?.["values"], language);
    const instead = insteadOf(message);
    if (kind === "system" || author.party === "system") {
      openDay(at);
      rows.push({ type: "note", key: String(seq), body, instead });
      open = null;
      continue;
    }
    const mine = author.party === "visitor";
    const mark = mine ? (seq <= read ? "read" : "sent") : null;
    // The ref stays the key when the text is stored, so that the bubble stays the same element.
    const key = ref && mine ? ref : String(seq);
    const note = !instead && (message.edited_at ? "edited" : content?.["stopped"] ? "stopped" : false);
    const card = !instead && CARDS[content?.["type"] as string];
    add({ key, ref, mine, author: mine ? null : author, body, instead, note, card, id, at, mark, refused: 0 });
  }
  for (const { ref, body, at, refused, form, attached } of state.unsent) {
    const mark = refused ? "failed" : "sending";
    add({
      key: ref,
      ref,
      mine: true,
      author: null,
      body: dated(form?.body ?? attached?.shown ?? body, form, language),
      instead: null,
      note: false,
      card: attached && "files",
      id: ref,
      at,
      mark,
      refused,
    });
  }
  return rows;
}
