/** Estimates the strength of a password: its length without the patterns that guessers try first. No points for
 *  capitals, digits and signs: "P@ssw0rd2024!" has all three and falls in a second. The server checks a longer list
 *  than this one, so this is only an estimate. */

export const MIN_LENGTH = 10; // characters, as the server counts them
export const MAX_LENGTH = 128;

export type Level = 0 | 1 | 2 | 3 | 4; // 0: refused because of its length

export type Weakness = "common" | "own" | "pattern";

export interface Strength {
  readonly level: Level;
  readonly missing: number; // characters that are missing
  readonly long: boolean;
  readonly weakness: Weakness | null; // the first weakness found
}

// The passwords that guessers try first, in plain form.
const COMMON = [
  "administrator",
  "qwertyuiop",
  "asdfghjkl",
  "trustnoone",
  "basketball",
  "passphrase",
  "startrek",
  "starwars",
  "password",
  "passwort",
  "iloveyou",
  "football",
  "baseball",
  "princess",
  "sunshine",
  "superman",
  "whatever",
  "computer",
  "internet",
  "changeme",
  "matkhau",
  "chelsea",
  "liverpool",
  "arsenal",
  "zxcvbnm",
  "letmein",
  "welcome",
  "charlie",
  "michael",
  "jennifer",
  "jordan",
  "monkey",
  "dragon",
  "shadow",
  "master",
  "secret",
  "qwerty",
  "azerty",
  "freedom",
  "pokemon",
  "naruto",
  "samsung",
  "google",
  "facebook",
  "batman",
  "ninja",
  "summer",
  "winter",
  "spring",
  "autumn",
  "parley",
  "admin",
  "login",
  "hello",
  "lovely",
  "love",
  "pass",
  "abc",
] as const;
// Phrases that became famous as examples of a good password; the server refuses them.
const FAMOUS: readonly string[] = [
  "correcthorsebatterystaple",
  "correcthorsestaplebattery",
  "tobeornottobe",
  "tobeornottobethatisthequestion",
  "thequickbrownfox",
  "thequickbrownfoxjumpsoverthelazydog",
  "maytheforcebewithyou",
  "openthepodbaydoorshal",
  "passwordpassword",
];
const RUNS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "qwertzuiop",
  "azertyuiop",
];
const DISGUISES: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};
const MIN_RUN = 4; // characters; shorter runs such as "abc" and "123" are in many words and years
const MIN_OWN = 4;
const WORTH = 2; // characters that a known pattern counts as

/** Counted as the server does: in composed characters (NFC), however they were typed. */
export function lengthOf(password: string): number {
  return [...password.normalize("NFC")].length;
}

/** `own`: personal data, such as name and email address. */
export function strengthOf(password: string, own: readonly string[] = []): Strength {
  const length = lengthOf(password);
  const missing = Math.max(0, MIN_LENGTH - length);
  const long = length > MAX_LENGTH;
  const plain = password.normalize("NFC").toLowerCase();
  const { left, weakness } = FAMOUS.includes(plain.replace(/[^\p{L}\p{N}]/gu, ""))
    ? { left: WORTH, weakness: "common" as const }
    : without(plain, own);
  return { level: missing > 0 || long ? 0 : levelOf(left), missing, long, weakness };
}

function levelOf(left: number): Level {
  if (left < 8) return 1;
  if (left < 11) return 2;
  return left < 15 ? 3 : 4;
}

/** The length when each known pattern counts as WORTH characters. */
function without(
  password: string,
  own: readonly string[],
): { readonly left: number; readonly weakness: Weakness | null } {
  let rest = password;
  let left = 0;
  let weakness: Weakness | null = null;
  while (rest !== "") {
    const found = knownStart(rest, own);
    left += found === null ? 1 : Math.min(WORTH, found.length);
    weakness ??= found?.why ?? null;
    rest = rest.slice(found?.length ?? 1);
  }
  return { left, weakness };
}

interface Known {
  readonly length: number;
  readonly why: Weakness;
}

/** The longest known pattern at the start of the text. */
function knownStart(text: string, own: readonly string[]): Known | null {
  const plain = undisguised(text);
  const found: Known[] = [
    ...pieces(own)
      .filter((piece) => text.startsWith(piece))
      .map((piece): Known => ({ length: piece.length, why: "own" })),
    ...COMMON.filter((word) => plain.startsWith(word)).map((word): Known => ({ length: word.length, why: "common" })),
    { length: Math.max(repeated(text), run(text)), why: "pattern" },
  ];
  return (
    found.filter(({ length, why }) => why !== "pattern" || length >= MIN_RUN).sort((a, b) => b.length - a.length)[0] ??
    null
  );
}

function pieces(own: readonly string[]): readonly string[] {
  const found = own.flatMap((one) => [one.toLowerCase(), ...one.toLowerCase().split(/[^\p{L}\p{N}]+/u)]);
  return found.filter((piece) => piece.length >= MIN_OWN);
}

function undisguised(text: string): string {
  return text.replace(/[0134570@$!]/g, (sign) => DISGUISES[sign] ?? sign);
}

/** The length of one to three characters that repeat from the start: "aaaa", "abab", "123123". */
function repeated(text: string): number {
  let most = 0;
  for (const size of [1, 2, 3]) {
    const unit = text.slice(0, size);
    let length = size;
    while (unit !== "" && text.startsWith(unit, length)) length += size;
    if (length > size) most = Math.max(most, length);
  }
  return most;
}

/** The length of the run at the start that follows the alphabet, the digits or a keyboard row, in either direction. */
function run(text: string): number {
  let most = 0;
  for (const row of RUNS) {
    for (const line of [row, [...row].reverse().join("")]) {
      let length = 1;
      while (length < text.length && line.includes(text.slice(0, length + 1))) length += 1;
      most = Math.max(most, length);
    }
  }
  return most;
}
