/** i18n of the sign-in pages, loaded with them. */

import { useMemo } from "preact/hooks";

import { en, type Key } from "../texts/auth/en";
import { vi } from "../texts/auth/vi";
import { type Language, translator } from "../texts/i18n";
import { useLanguage } from "../views/hooks";

export type Translate = ReturnType<typeof translator<Key>>;

const TRANSLATORS: Readonly<Record<Language, Translate>> = { en: translator<Key>(en), vi: translator<Key>(vi) };

export function useAuthI18n(): { readonly t: Translate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: TRANSLATORS[language], language }), [language]);
}

export function isKey(key: string): key is Key {
  return Object.hasOwn(en, key);
}
