/** Text with its web addresses found; only http and https, never with credentials in them. */

export interface Piece {
  readonly text: string;
  readonly href: string | null;
}

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gi;
const TRAILING = /[.,;:!?'"»”’]+$/;

export function pieces(body: string): readonly Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of body.matchAll(ADDRESS)) {
    const text = trimmed(match[0]);
    const href = safe(text);
    if (href === null) continue;
    if (match.index > from) found.push({ text: body.slice(from, match.index), href: null });
    found.push({ text, href });
    from = match.index + text.length;
  }
  if (from < body.length) found.push({ text: body.slice(from), href: null });
  return found;
}

/** The address if it may be a link: absolute, http or https, no user in it. */
export function safe(address: string): string | null {
  const url = parsed(address);
  if (url === null) return null;
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  return url.username === "" && url.password === "" ? url.href : null;
}

/** What a person reads of an address: host and path, no scheme. */
export function short(address: string): string {
  const url = parsed(address);
  if (url === null) return address;
  const path = url.pathname === "/" ? "" : url.pathname;
  return `${url.host}${path}${url.search}`;
}

function parsed(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

/** A sentence's own punctuation is not part of the address, nor is a bracket that opened before it. */
function trimmed(address: string): string {
  let text = address.replace(TRAILING, "");
  while (text.endsWith(")") && count(text, ")") > count(text, "(")) text = text.slice(0, -1).replace(TRAILING, "");
  return text;
}

function count(text: string, sign: string): number {
  return text.split(sign).length - 1;
}
