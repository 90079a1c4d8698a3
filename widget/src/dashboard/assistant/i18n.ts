/** i18n of the assistant in the inbox. */

import { useMemo } from "preact/hooks";

import { others } from "texts:./texts";
import { Area, type Language, type Translator } from "../texts/areas";
import { useLanguage } from "../views/hooks";
import { en, type Key } from "./texts/en";

export type Translate = Translator<Key>;

const TEXTS = new Area<Key>(en, others);

export function useAssistantI18n(): { readonly t: Translate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: TEXTS.translator(language), language }), [language]);
}
