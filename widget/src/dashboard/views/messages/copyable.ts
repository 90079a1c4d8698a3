/** Finds what an agent copies out of a message: e-mail addresses, phone numbers, and codes like those of orders. Pure,
 *  and linear in the length of the text. */

export interface Part {
  readonly text: string;
  readonly copied: string | null; // what is put on the clipboard; null: plain text
}

// Each alternative begins at the start of a word, and its repetitions are bounded.
const FOUND = new RegExp(
  [
    String.raw`[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}`, // an e-mail address
    String.raw`\+?\(?\d[\d\s().-]{6,22}\d`, // a phone number
    "#?[A-Za-z0-9]{1,32}(?:[-/][A-Za-z0-9]{1,32}){0,6}", // a code
  ].join("|"),
  "g",
);
const DATE = /^(?:\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4})\b/;
const PRICE = /^\d{1,3}(?:[.\s]\d{3})+$/;
const MIN_CODE = 5;
const MIN_NUMBER = 6; // digits of a code that is only a number

export function parts(text: string): readonly Part[] {
  const found: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(FOUND)) {
    const { index } = match;
    const copied = copiedFrom(match[0], text[index - 1] ?? " ", text[index + match[0].length] ?? " ");
    if (copied === null) continue;
    if (index > end) found.push({ text: text.slice(end, index), copied: null });
    end = index + copied.length;
    found.push({ text: copied, copied });
  }
  if (end < text.length) found.push({ text: text.slice(end), copied: null });
  return found;
}

function copiedFrom(match: string, before: string, next: string): string | null {
  if (/[\p{L}\p{N}_@]/u.test(before)) return null; // in the middle of a word
  const text = match.replace(/[.-]+$/, "");
  if (text.includes("@")) return text;
  if (/[\p{L}_@]/u.test(next) && text === match) return null;
  return isPhone(text) || isCode(text) ? text : null;
}

function isPhone(text: string): boolean {
  const digits = text.replace(/\D/g, "").length;
  if (!/^[+(\d][\d\s().-]*$/.test(text) || DATE.test(text) || PRICE.test(text)) return false;
  return digits >= 8 && digits <= 15 && (/^[+(0]/.test(text) || digits >= 9 || !/\s/.test(text));
}

/** Upper case with digits, or a long number; a price, a year and a word are none. */
function isCode(text: string): boolean {
  if (DATE.test(text)) return false;
  const bare = text.replace(/^#/, "");
  if (text !== bare) return /\d/.test(bare) && bare.length >= 3;
  if (/^\d+$/.test(bare)) return bare.length >= MIN_NUMBER;
  return bare.length >= MIN_CODE && /^[A-Z0-9/-]+$/.test(bare) && /\d/.test(bare) && /[A-Z]/.test(bare);
}
