/** Mentions in a text: the "@" being typed, the names that a text has, the teammates that fit. Pure. */

import type { Member, Mentioned } from "../../rest/types";
import { folded } from "../state/select";
import { hasInOrder } from "../canned_responses/search";
import type { Token } from "../views/parts/suggestions";

export const MAX_MENTIONS = 10; // of one note, as the server has it

// In an e-mail address there is a letter before the "@". A name has up to three words.
const TOKEN = /(?:^|[\s(])@((?:[^\s@]{0,30})(?: [^\s@]{1,30}){0,2})$/u;

export function mentionAt(body: string, caret: number): Token | null {
  const found = TOKEN.exec(body.slice(0, caret));
  const text = found?.[1];
  return text === undefined ? null : { start: caret - text.length - 1, text };
}

/** The members whose name, or a word of it, begins with what was typed; then those that contain it, or its letters in
 *  this order, in the name or in the address. */
export function matching(members: readonly Member[], typed: string, most: number): readonly Member[] {
  const wanted = folded(typed);
  const found: { readonly member: Member; readonly rank: number }[] = [];
  for (const member of members) {
    const rank = rankOf(folded(member.full_name), member.email.toLowerCase(), wanted);
    if (rank !== null) found.push({ member, rank });
  }
  found.sort((one, other) => one.rank - other.rank); // stable: by name, as the server sends them
  return found.slice(0, most).map(({ member }) => member);
}

function rankOf(name: string, email: string, wanted: string): number | null {
  if (name.startsWith(wanted)) return 0;
  if (name.includes(` ${wanted}`)) return 1;
  if (name.includes(wanted) || email.startsWith(wanted)) return 2;
  return hasInOrder(name, wanted.replace(/\s/g, "")) ? 3 : null;
}

/** Those of `mentions` that the text still names, each once. */
export function kept(text: string, mentions: readonly Mentioned[]): readonly Mentioned[] {
  const users = new Map(mentions.filter(({ name }) => text.includes(`@${name}`)).map((one) => [one.user, one]));
  return [...users.values()].slice(0, MAX_MENTIONS);
}

export interface Piece {
  readonly text: string;
  readonly user: string | null; // of a mention
}

/** The text in pieces: the mentions, and what is between them. */
export function mentionPieces(text: string, mentions: readonly Mentioned[]): readonly Piece[] {
  const longest = [...mentions].sort((one, other) => other.name.length - one.name.length); // "@An" is in "@An Bình"
  const found: Piece[] = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const mention = text[at] === "@" ? longest.find(({ name }) => text.startsWith(name, at + 1)) : undefined;
    if (mention === undefined) {
      plain += text[at];
      at += 1;
      continue;
    }
    if (plain !== "") found.push({ text: plain, user: null });
    plain = "";
    found.push({ text: `@${mention.name}`, user: mention.user });
    at += mention.name.length + 1;
  }
  if (plain !== "") found.push({ text: plain, user: null });
  return found;
}

/** The mentions that a message has in its content; [] for any other message. */
export function mentionsOf(content: Readonly<Record<string, unknown>> | null | undefined): readonly Mentioned[] {
  if (content?.["type"] !== "mentions" || !Array.isArray(content["users"])) return [];
  return (content["users"] as readonly unknown[]).filter(isMentioned);
}

export function isMentioned(value: unknown): value is Mentioned {
  if (typeof value !== "object" || value === null) return false;
  const { user, name } = value as Partial<Mentioned>;
  return typeof user === "string" && typeof name === "string" && name !== "";
}
