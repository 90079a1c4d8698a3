/** i18n of forms in conversations, loaded with them. */

import { useMemo } from "preact/hooks";

import type { Problem } from "../rest/api";
import { others } from "texts:./texts";
import { Area, type Language, type Translator } from "../texts/areas";
import { useLanguage } from "../views/hooks";
import { en } from "./texts/en";

export type FormKey = keyof typeof en;
export type FormTranslate = Translator<FormKey>;

const TEXTS = new Area<FormKey>(en, others);

export interface FormI18n {
  readonly t: FormTranslate;
  readonly language: Language;
}

export function useFormI18n(): FormI18n {
  const language = useLanguage();
  return useMemo(() => ({ t: TEXTS.translator(language), language }), [language]);
}

/** The message for a problem of REST. */
export function sentence(problem: Problem, t: FormTranslate): string {
  if (problem.status === 429) return t("problem.slow");
  if (problem.temporary) return t("problem.away");
  return t(keyOr(`problem.${problem.code}`, "problem.other"));
}

/** The message for a field's error. */
export function fieldSentence(code: string, t: FormTranslate): string {
  return t(keyOr(`wrong.${code}`, "wrong.other"));
}

function keyOr(key: string, other: FormKey): FormKey {
  return Object.hasOwn(en, key) ? (key as FormKey) : other;
}
