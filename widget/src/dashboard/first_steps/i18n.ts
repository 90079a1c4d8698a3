/** i18n of the first steps, loaded with them. */

import { useMemo } from "preact/hooks";

import { others } from "texts:./texts";
import { Area, type Language, type Translator } from "../texts/areas";
import { useLanguage } from "../views/hooks";
import { en } from "./texts/en";

export type FirstStepsKey = keyof typeof en;
export type Translate = Translator<FirstStepsKey>;

const TEXTS = new Area<FirstStepsKey>(en, others);

export function useFirstStepsI18n(): { readonly t: Translate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: TEXTS.translator(language), language }), [language]);
}
