/** i18n of notes about visitors and of mentions. */

import { useMemo } from "preact/hooks";

import { others } from "texts:./texts";
import { Area, type Language, type Translator } from "../texts/areas";
import { useLanguage } from "../views/hooks";
import { en } from "./texts/en";

export type Key = keyof typeof en;
export type Translate = Translator<Key>;

const TEXTS = new Area<Key>(en, others);

export function useNotesI18n(): { readonly t: Translate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: TEXTS.translator(language), language }), [language]);
}
