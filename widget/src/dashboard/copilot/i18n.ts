/** i18n of the copilot: its own texts, loaded with it. */

import { useMemo } from "preact/hooks";

import { others } from "texts:./texts";
import { Area, type Language, type Translator } from "../texts/areas";
import { useLanguage } from "../views/hooks";
import { en, type Key } from "./texts/en";

export type Translate = Translator<Key>;
export type CopilotKey = Key;

const TEXTS = new Area<Key>(en, others);

export function useCopilotI18n(): { readonly t: Translate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: TEXTS.translator(language), language }), [language]);
}

/** The text of a key that ends in a word of the server; `other` for words of a later one. */
export function worded(t: Translate, prefix: string, word: string, other: Key): string {
  const key = `${prefix}.${word}`;
  return t(Object.hasOwn(en, key) ? (key as Key) : other);
}

/** The name of a language in the agent's; the tag itself where it is none. */
export function languageName(tag: string, language: Language): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag; // a visitor's browser sends it, so it may be invalid
  }
}
