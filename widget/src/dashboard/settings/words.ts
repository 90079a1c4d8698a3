/** The texts of the settings, loaded with them, and the problems of REST as sentences. */

import { useMemo } from "preact/hooks";

import type { Problem } from "../desk/api";
import { en as auditEn } from "../texts/audit/en";
import { vi as auditVi } from "../texts/audit/vi";
import { type Language, saying } from "../texts/say";
import { en as settingsEn } from "../texts/settings/en";
import { vi as settingsVi } from "../texts/settings/vi";
import { useLanguage } from "../views/use";

export type SettingsKey = keyof typeof settingsEn | keyof typeof auditEn;
export type Values = Readonly<Record<string, string | number>>;
export type Tell = (key: SettingsKey, values?: Values) => string;

const ENGLISH = { ...settingsEn, ...auditEn };
const DICTIONARIES: Readonly<Record<Language, Readonly<Record<SettingsKey, string>>>> = {
  en: ENGLISH,
  vi: { ...settingsVi, ...auditVi },
};

export function telling(language: Language): Tell {
  return saying(DICTIONARIES[language]);
}

export function useTexts(): { readonly say: Tell; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ say: telling(language), language }), [language]);
}

/** What went wrong, for a person. */
export function sentence(problem: Problem, say: Tell): string {
  if (problem.status === 429)
    return say("problem.slow", { n: Math.max(1, Math.ceil((problem.retry_after ?? 60) / 60)) });
  if (problem.temporary) return say("problem.away");
  const key = `problem.${problem.code}`;
  return say(isKey(key) ? key : "problem.other");
}

/** What is wrong with one field. */
export function fieldSentence(code: string, say: Tell): string {
  const key = `wrong.${code}`;
  return say(isKey(key) ? key : "wrong.other");
}

export function isKey(key: string): key is SettingsKey {
  return Object.hasOwn(ENGLISH, key);
}
