/** Converts domains between how people write them and how the server stores them. Pure. */

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const DEFAULT_PORT: Readonly<Record<string, string>> = { http: "80", https: "443" };

/** Extracts the domain from typed or pasted text: of an address, the host and a non-default port. */
export function domainIn(typed: string): string {
  const text = typed.trim();
  const scheme = SCHEME.exec(text)?.[0] ?? "";
  const route = text.slice(scheme.length).replace(/[/?#].*$/s, "");
  const bare = route.endsWith(".") ? route.slice(0, -1) : route;
  const port = DEFAULT_PORT[scheme.slice(0, -3).toLowerCase()];
  return port !== undefined && bare.endsWith(`:${port}`) ? bare.slice(0, -port.length - 1) : bare;
}

/** Decodes punycode for display: `xn--bcher-kva.example` is bücher.example. Other domains are returned unchanged. */
export function readable(domain: string): string {
  return domain
    .split(".")
    .map((label) => (label.startsWith("xn--") ? (decoded(label.slice(4)) ?? label) : label))
    .join(".");
}

// Parameters of punycode, RFC 3492 section 5.
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_N = 0x80;
const MAX_CODE_POINT = 0x10_ffff;

/** RFC 3492 section 6.2; null for invalid punycode. */
function decoded(label: string): string | null {
  const split = label.lastIndexOf("-");
  const output = [...label.slice(0, Math.max(0, split))].map((sign) => sign.codePointAt(0) ?? 0);
  let n = INITIAL_N;
  let bias = INITIAL_BIAS;
  let i = 0;
  for (let at = split + 1; at < label.length; ) {
    const before = i;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const digit = digitOf(label[at++]);
      if (digit === null) return null;
      i += digit * weight;
      const threshold = k <= bias ? T_MIN : Math.min(T_MAX, k - bias);
      if (digit < threshold) break;
      weight *= BASE - threshold;
    }
    const length = output.length + 1;
    bias = adapted(i - before, length, before === 0);
    n += Math.floor(i / length);
    i %= length;
    if (n > MAX_CODE_POINT) return null;
    output.splice(i, 0, n);
    i += 1;
  }
  return String.fromCodePoint(...output);
}

function adapted(delta: number, length: number, first: boolean): number {
  let rest = first ? Math.floor(delta / DAMP) : Math.floor(delta / 2);
  rest += Math.floor(rest / length);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}

function digitOf(sign: string | undefined): number | null {
  const code = sign?.charCodeAt(0) ?? 0;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61; // a–z
  return code >= 0x30 && code <= 0x39 ? code - 0x30 + 26 : null; // 0–9
}
