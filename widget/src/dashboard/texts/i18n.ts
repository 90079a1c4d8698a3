/** i18n of the inbox, and the choice of a language. */

import { others } from "texts:./inbox";
import { Area, BASE, type Language, type Translator } from "./areas";
import { en, type Key } from "./inbox/en";

export { type Language, translator } from "./areas";
export type Translate = Translator<Key>;

const INBOX = new Area<Key>(en, others);

/** Those that the inbox has texts in. */
export const LANGUAGES: readonly Language[] = [BASE, ...Object.keys(others)];

/** The first of the tags that we speak, by itself or without its region; else English. "" is no tag. */
export function languageOf(chosen: string, offered: readonly string[]): Language {
  for (const tag of chosen === "" ? offered : [chosen]) {
    const found = known(tag);
    if (found !== null) return found;
  }
  return BASE;
}

/** The language of `tag` if we speak it, as LANGUAGES names it. */
export function known(tag: string): Language | null {
  const whole = tag.toLowerCase();
  const base = whole.split("-")[0];
  const find = (name: string | undefined) => LANGUAGES.find((language) => language.toLowerCase() === name);
  return find(whole) ?? find(base) ?? null;
}

/** Its own name: "Tiếng Việt". */
export function nameOfLanguage(language: Language): string {
  try {
    const name = new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language;
    return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
  } catch {
    return language; // the name of the file is no tag
  }
}

export function inboxTranslator(language: Language): Translate {
  return INBOX.translator(language);
}
