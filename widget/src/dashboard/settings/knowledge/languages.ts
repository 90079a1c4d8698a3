/** Languages that an article can have, by their names. Pure. */

const COMMON = [
  "ar bg bn ca cs da de el en es et fa fi fr he hi hr hu hy id it ja ka kk km ko lo lt lv ms my nb ne nl pl",
  "pt pt-BR ro ru sk sl sr sv sw ta th tr uk ur uz vi zh-Hans zh-Hant",
]
  .join(" ")
  .split(" ");

/** "German" for `de`, in the language of the page; a tag that is unknown there stays. */
export function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** What an article for a reader with this browser language has: "en" for `en-US`, but `pt-BR` and `zh-Hant` stay. */
export function articleLanguage(tag: string): string {
  const one = COMMON.find((known) => known.toLowerCase() === tag.toLowerCase());
  return one ?? tag.split("-", 1)[0] ?? "";
}

/** The choices by name, with the languages that articles have already. */
export function languageChoices(used: readonly string[], language: string): readonly (readonly [string, string])[] {
  const name = new Intl.Collator(language);
  return [...new Set([...used, ...COMMON])]
    .map((tag) => [tag, languageName(tag, language)] as const)
    .sort(([, one], [, other]) => name.compare(one, other));
}
