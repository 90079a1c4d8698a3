/** The texts of everything before the inbox, loaded with it. */

import { useMemo } from "preact/hooks";

import { en, type Key } from "../texts/door/en";
import { vi } from "../texts/door/vi";
import { type Language, saying } from "../texts/say";
import { useLanguage } from "../views/use";

export type Say = ReturnType<typeof saying<Key>>;

const SAYING: Readonly<Record<Language, Say>> = { en: saying<Key>(en), vi: saying<Key>(vi) };

export function useDoorWords(): { readonly say: Say; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ say: SAYING[language], language }), [language]);
}

export function isKey(key: string): key is Key {
  return Object.hasOwn(en, key);
}
