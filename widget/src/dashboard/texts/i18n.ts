/** i18n: translates a key into the chosen language; unknown languages get English. */

import { en, type Key, type Texts } from "./inbox/en";
import { vi } from "./inbox/vi";

export type Language = "en" | "vi";
export type Translate = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

const DICTIONARIES: Readonly<Record<Language, Texts>> = { en, vi };

/** The first supported language of the browser. */
export function languageOf(chosen: "" | Language, offered: readonly string[]): Language {
  if (chosen !== "") return chosen;
  for (const tag of offered) {
    const base = tag.toLowerCase().split("-")[0];
    if (base === "en" || base === "vi") return base;
  }
  return "en";
}

export function inboxTranslator(language: Language): Translate {
  return translator(DICTIONARIES[language]);
}

/** A translate function over any dictionary; replaces {n}, {name} …. For n = 1 the text `KEY.one` is used where there is
 *  one. Lazy parts bring their own dictionaries. */
export function translator<K extends string>(texts: Readonly<Record<K, string>>) {
  return (key: K, values?: Readonly<Record<string, string | number>>): string => {
    if (values === undefined) return texts[key];
    const one = values.n === 1 ? (texts as Readonly<Record<string, string>>)[`${key}.one`] : undefined;
    const text = one ?? texts[key];
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  };
}
