/** Numbers as people type them, in any locale, to one decimal form: "1.234,50" and "1,234.50" are "1234.5". Pure. */

const SPACES = /[\s\u00a0\u202f'’_]/g; // group separators that are never a decimal separator
const GROUPED = /^\d{1,3}([.,]\d{3})+$/;

/** The decimal form, or null. A single separator before three digits means what it means in `language`. */
export function decimalOf(typed: string, language: string): string | null {
  const text = typed.normalize("NFKC").replace(SPACES, "").replace(/^[−–]/, "-");
  const found = /^([+-]?)(\d[\d.,]*|[.,]\d+)$/.exec(text);
  if (!found) return null;
  const [, sign, digits = ""] = found;
  const at = decimalAt(digits, language);
  const whole = at < 0 ? digits : digits.slice(0, at);
  const rest = at < 0 ? "" : digits.slice(at + 1);
  const separators = new Set(whole.replace(/\d/g, ""));
  const mixed = separators.size > 1 || separators.has(digits[at] ?? "");
  if (/\D/.test(rest) || mixed || (separators.size && !GROUPED.test(whole))) return null;
  const integer = whole.replace(/\D/g, "").replace(/^0+(?=\d)/, "") || "0";
  const fraction = rest.replace(/0+$/, "");
  const number = fraction ? `${integer}.${fraction}` : integer;
  return sign === "-" && /[1-9]/.test(number) ? `-${number}` : number;
}

/** The index of the decimal separator; -1: there is none. */
function decimalAt(digits: string, language: string): number {
  const last = Math.max(digits.lastIndexOf("."), digits.lastIndexOf(","));
  const separator = digits[last];
  if (!separator) return -1;
  const other = separator === "." ? "," : ".";
  if (digits.includes(other)) return last; // of two kinds the last one is the decimal separator
  if (digits.indexOf(separator) !== last) return -1; // of one kind, several: they group
  return GROUPED.test(digits) && separator !== decimalSeparator(language) ? -1 : last;
}

/** A number in decimal form as it is typed in `language`, without groups. */
export function typedNumber(decimal: string, language: string): string {
  return decimal.replace(".", decimalSeparator(language));
}

function decimalSeparator(language: string): string {
  return new Intl.NumberFormat(language).formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";
}
