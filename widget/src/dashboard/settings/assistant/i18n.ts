/** i18n of the assistant's pages: their own texts, loaded with them, beside those of all settings. */

import { useMemo } from "preact/hooks";

import { others } from "texts:./figures/texts ./replay/texts ./settings/texts ./test/texts ./turns/texts ./workflow/texts";
import { Area, type Language } from "../../texts/areas";
import { useLanguage } from "../../views/hooks";
import { isKey, type SettingsKey, settingsTranslator, type Values } from "../i18n";
import { en as figuresEn } from "./figures/texts/en";
import { en as replayEn } from "./replay/texts/en";
import { en as settingsEn } from "./settings/texts/en";
import { en as testEn } from "./test/texts/en";
import { en as turnsEn } from "./turns/texts/en";
import { en as workflowEn } from "./workflow/texts/en";

const ENGLISH = { ...settingsEn, ...workflowEn, ...testEn, ...turnsEn, ...replayEn, ...figuresEn };

type OwnKey = keyof typeof ENGLISH;
export type AssistantKey = OwnKey | SettingsKey;
export type Translate = (key: AssistantKey, values?: Values) => string;

const TEXTS = new Area<OwnKey>(ENGLISH, others);

export function assistantTranslator(language: Language): Translate {
  const own = TEXTS.translator(language);
  const common = settingsTranslator(language);
  return (key, values) => (isOwn(key) ? own(key, values) : common(key, values));
}

export function useAssistantI18n(): { readonly t: Translate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: assistantTranslator(language), language }), [language]);
}

/** The text of a key that ends in a word of the server, or the word itself. */
export function worded(t: Translate, prefix: string, word: string): string {
  const key = `${prefix}.${word}`;
  return isOwn(key) || isKey(key) ? t(key) : word;
}

function isOwn(key: string): key is OwnKey {
  return Object.hasOwn(ENGLISH, key);
}
