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
const SENTENCE = ".,;:!?'|";
const OPENERS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "*": "*", _: "_" };

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

/** The address without trailing punctuation, closing bracket or Markdown mark of the surrounding sentence. Linear: a
 *  stranger's message of nothing but dots and brackets must not keep a page busy. */
function trimmed(address: string, before: string): string {
  const counts: Record<string, number> = {}; // of each sign before `end`
  for (const sign of address) counts[sign] = (counts[sign] ?? 0) + 1;
  for (let end = address.length; ; end--) {
    while (SENTENCE.includes(address[end - 1] ?? " ")) end--;
    const last = address[end - 1] ?? " ";
    const opener = OPENERS[last];
    const count = counts[last] ?? 0;
    const isOurs = opener && (opener === last ? before === last || count === 1 : (counts[opener] ?? 0) < count);
    if (!isOurs) return address.slice(0, end);
    counts[last] = count - 1;
  }
}
