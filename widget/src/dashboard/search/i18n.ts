/** i18n of the search: its own texts, loaded with it. */

import { useMemo } from "preact/hooks";

import { others } from "texts:./texts";
import { Area, type Language, type Translator } from "../texts/areas";
import { useLanguage } from "../views/hooks";
import { en } from "./texts/en";

export type Key = keyof typeof en;

const TEXTS = new Area<Key>(en, others);

export function useSearchI18n(): { readonly t: Translator<Key>; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: TEXTS.translator(language), language }), [language]);
}
