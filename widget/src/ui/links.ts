/** Finds web addresses in text: only http and https, never with a user name before the host. */

export interface Piece {
  readonly text: string;
  readonly href: string | null;
}

/** The `rel` of links to other sites. */
export const LINK_REL = "noopener noreferrer nofollow ugc";

// ASCII as RFC 3986 has it, and `[ ] |` as people type them; beyond ASCII, anything but punctuation, space and bidi controls.
const ADDRESS =
  /https?:\/\/(?:[!#-;=?-[\]_a-z|~]|(?!\p{P}|[\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])[^\0-\x7f])+/giu;
const SENTENCE = /[.,;:!?'|]+$/;

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const before = text[match.index - 1] ?? "";
    const address = trimmed(match[0], before);
    const href = /[a-z\d]/i.test(before) ? null : safeHref(address);
    if (!href) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index), href: null });
    found.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) found.push({ text: text.slice(end), href: null });
  return found;
}

/** The validated address for a link, or null. */
export function safeHref(address: string): string | null {
  const url = parsed(address);
  const web = url?.protocol === "http:" || url?.protocol === "https:";
  return web && url.hostname && !url.username && !url.password ? url.href : null;
}

/** The display form of an address: host and path, no scheme. */
export function shortAddress(address: string): string {
  const url = parsed(address);
  return url ? url.host + (url.pathname === "/" ? "" : url.pathname) + url.search : address;
}

function parsed(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

/** The address without trailing punctuation, closing bracket or Markdown mark of the surrounding sentence. */
function trimmed(address: string, before: string): string {
  for (let text = address; ; ) {
    const shorter = text.replace(SENTENCE, "");
    const last = shorter.slice(-1);
    const rest = shorter.slice(0, -1);
    const opener = { ")": "(", "]": "[", "*": "*", _: "_" }[last];
    const isOurs =
      opener !== undefined && (opener === last ? before === last || !rest.includes(last) : !closes(rest, opener, last));
    if (!isOurs) return shorter;
    text = rest;
  }
}

/** Whether a closing bracket after the text would be balanced. */
function closes(text: string, opener: string, closer: string): boolean {
  return text.split(opener).length > text.split(closer).length;
}
