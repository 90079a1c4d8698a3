/** i18n of notes about visitors and of mentions. */

import { useMemo } from "preact/hooks";

import { type Language, translator } from "../texts/i18n";
import { useLanguage } from "../views/hooks";
import { en } from "./texts/en";
import { vi } from "./texts/vi";

export type Key = keyof typeof en;
export type Translate = ReturnType<typeof translator<Key>>;

const TRANSLATORS: Readonly<Record<Language, Translate>> = { en: translator<Key>(en), vi: translator<Key>(vi) };

export function useNotesI18n(): { readonly t: Translate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: TRANSLATORS[language], language }), [language]);
}
