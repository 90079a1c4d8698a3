/** i18n of the settings, loaded with them, and the messages for problems of REST. */

import { useMemo } from "preact/hooks";

import type { Problem } from "../rest/api";
import { type Language, translator } from "../texts/i18n";
import { useLanguage } from "../views/hooks";
import { en as accountEn } from "./account/texts/en";
import { vi as accountVi } from "./account/texts/vi";
import { en as adminEn } from "./admin/texts/en";
import { vi as adminVi } from "./admin/texts/vi";
import { en as auditEn } from "./audit/texts/en";
import { vi as auditVi } from "./audit/texts/vi";
import { en as blockedEn } from "./blocked/texts/en";
import { vi as blockedVi } from "./blocked/texts/vi";
import { en as cannedEn } from "./canned_responses/texts/en";
import { vi as cannedVi } from "./canned_responses/texts/vi";
import { en as identityEn } from "./identity/texts/en";
import { vi as identityVi } from "./identity/texts/vi";
import { en as formsEn } from "./forms/texts/en";
import { vi as formsVi } from "./forms/texts/vi";
import { en as projectEn } from "./project/texts/en";
import { vi as projectVi } from "./project/texts/vi";
import { en as commonEn } from "./texts/en";
import { vi as commonVi } from "./texts/vi";
import { en as webhooksEn } from "./webhooks/texts/en";
import { vi as webhooksVi } from "./webhooks/texts/vi";

const ENGLISH = {
  ...commonEn,
  ...accountEn,
  ...projectEn,
  ...adminEn,
  ...auditEn,
  ...cannedEn,
  ...identityEn,
  ...blockedEn,
  ...webhooksEn,
  ...formsEn,
};

export type SettingsKey = keyof typeof ENGLISH;
export type Values = Readonly<Record<string, string | number>>;
export type Translate = (key: SettingsKey, values?: Values) => string;

const DICTIONARIES: Readonly<Record<Language, Readonly<Record<SettingsKey, string>>>> = {
  en: ENGLISH,
  vi: {
    ...commonVi,
    ...accountVi,
    ...projectVi,
    ...adminVi,
    ...auditVi,
    ...cannedVi,
    ...identityVi,
    ...blockedVi,
    ...webhooksVi,
    ...formsVi,
  },
};

export function settingsTranslator(language: Language): Translate {
  return translator(DICTIONARIES[language]);
}

export function useSettingsI18n(): { readonly t: Translate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: settingsTranslator(language), language }), [language]);
}

/** The message for a problem of REST. */
export function sentence(problem: Problem, t: Translate): string {
  if (problem.status === 429) return t("problem.slow", { n: Math.max(1, Math.ceil((problem.retry_after ?? 60) / 60)) });
  if (problem.temporary) return t("problem.away");
  const key = `problem.${problem.code}`;
  return t(isKey(key) ? key : "problem.other");
}

/** The message for a field error. */
export function fieldSentence(code: string, t: Translate): string {
  const key = `wrong.${code}`;
  return t(isKey(key) ? key : "wrong.other");
}

export function settingsKeys(): readonly string[] {
  return Object.keys(ENGLISH);
}

export function isKey(key: string): key is SettingsKey {
  return Object.hasOwn(ENGLISH, key);
}
