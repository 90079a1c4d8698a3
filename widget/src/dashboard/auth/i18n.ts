/** i18n of the sign-in pages, loaded with them. */

import { useMemo } from "preact/hooks";

import { en, type Key } from "../texts/auth/en";
import { others } from "texts:../texts/auth";
import { Area, type Language, type Translator } from "../texts/areas";
import { useLanguage } from "../views/hooks";

export type Translate = Translator<Key>;

const TEXTS = new Area<Key>(en, others);

export function useAuthI18n(): { readonly t: Translate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: TEXTS.translator(language), language }), [language]);
}

export function isKey(key: string): key is Key {
  return Object.hasOwn(en, key);
}
