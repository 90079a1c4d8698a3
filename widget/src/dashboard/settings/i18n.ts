/** i18n of the settings, loaded with them, and the messages for problems of REST. */

import { useMemo } from "preact/hooks";

import type { Problem } from "../rest/api";
import { others } from "texts:./texts ./account/texts ./admin/texts ./audit/texts ./blocked/texts ./canned_responses/texts ./forms/texts ./identity/texts ./project/texts ./webhooks/texts";
import { Area, type Language, type Translator } from "../texts/areas";
import { useLanguage } from "../views/hooks";
import { en as accountEn } from "./account/texts/en";
import { en as adminEn } from "./admin/texts/en";
import { en as auditEn } from "./audit/texts/en";
import { en as blockedEn } from "./blocked/texts/en";
import { en as cannedEn } from "./canned_responses/texts/en";
import { en as identityEn } from "./identity/texts/en";
import { en as formsEn } from "./forms/texts/en";
import { en as projectEn } from "./project/texts/en";
import { en as commonEn } from "./texts/en";
import { en as webhooksEn } from "./webhooks/texts/en";

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
export type { Values } from "../texts/areas";
export type Translate = Translator<SettingsKey>;

const TEXTS = new Area<SettingsKey>(ENGLISH, others);

export function settingsTranslator(language: Language): Translate {
  return TEXTS.translator(language);
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
