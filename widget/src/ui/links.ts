/** Text with its web addresses found: only http and https, never with a user name in front of the host. */

export interface Piece {
  readonly text: string;
  readonly href: string | null;
}

/** What a link to somebody else's page must say. */
export const LINK_REL = "noopener noreferrer nofollow ugc";

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const href = safeHref(address);
    if (!href) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index), href: null });
    found.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) found.push({ text: text.slice(end), href: null });
  return found;
}

/** The address as a link may have it, or null. */
export function safeHref(address: string): string | null {
  try {
    const url = new URL(address);
    const web = url.protocol === "http:" || url.protocol === "https:";
    return web && url.hostname && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/** Without the full stop or the bracket that belongs to the sentence. */
function trimmed(address: string): string {
  let text = address.replace(/[.,;:!?…]+$/, "");
  while (text.endsWith(")") && text.split("(").length < text.split(")").length) text = text.slice(0, -1);
  return text.replace(/[.,;:!?…]+$/, "");
}
