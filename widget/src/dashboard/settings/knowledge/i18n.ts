/** i18n of the knowledge pages: their own texts, loaded with them, beside those of all settings. */

import { useMemo } from "preact/hooks";

import { others } from "texts:./texts";
import { Area, type Language } from "../../texts/areas";
import { useLanguage } from "../../views/hooks";
import { type SettingsKey, settingsTranslator, type Values } from "../i18n";
import { en } from "./texts/en";

type OwnKey = keyof typeof en;
export type KnowledgeKey = OwnKey | SettingsKey;
export type Translate = (key: KnowledgeKey, values?: Values) => string;

const TEXTS = new Area<OwnKey>(en, others);

export function knowledgeTranslator(language: Language): Translate {
  const own = TEXTS.translator(language);
  const common = settingsTranslator(language);
  return (key, values) => (isOwn(key) ? own(key, values) : common(key, values));
}

export function useKnowledgeI18n(): { readonly t: Translate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: knowledgeTranslator(language), language }), [language]);
}

/** The text of a key that ends in a word of the server, or what `otherwise` says. */
export function worded(t: Translate, prefix: string, word: string, otherwise = word): string {
  const key = `${prefix}.${word}`;
  return isOwn(key) ? t(key) : otherwise;
}

function isOwn(key: string): key is OwnKey {
  return Object.hasOwn(en, key);
}
