/** The languages that texts are translated into. */

/** By how many people read them on the web. Others can be chosen if the visitor's browser names one. */
export const LANGUAGES: readonly string[] = [
  "en",
  "vi",
  "zh",
  "es",
  "de",
  "ja",
  "fr",
  "pt",
  "ru",
  "it",
  "ar",
  "ko",
  "id",
  "tr",
  "pl",
  "nl",
  "th",
  "hi",
  "uk",
  "sv",
];

/** "de" of "de-AT"; "" if the tag is none. */
export function baseOf(tag: string): string {
  return /^[A-Za-z]{2,3}(?=$|[-_])/.exec(tag)?.[0]?.toLowerCase() ?? "";
}
