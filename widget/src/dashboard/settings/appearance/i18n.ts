/** i18n of the page of the widget's look: its own texts, loaded with it, beside those of all settings. */

import { useMemo } from "preact/hooks";

import { others } from "texts:./texts";
import { Area } from "../../texts/areas";
import { useLanguage } from "../../views/hooks";
import { type SettingsKey, settingsTranslator, type Values } from "../i18n";
import { en } from "./texts/en";

type OwnKey = keyof typeof en;
type Key = OwnKey | SettingsKey;
export type Translate = (key: Key, values?: Values) => string;

const TEXTS = new Area<OwnKey>(en, others);

export function useAppearanceI18n(): { readonly t: Translate; readonly language: string } {
  const language = useLanguage();
  return useMemo(() => {
    const own = TEXTS.translator(language);
    const common = settingsTranslator(language);
    const t: Translate = (key, values) => (isOwn(key) ? own(key, values) : common(key, values));
    return { t, language };
  }, [language]);
}

function isOwn(key: string): key is OwnKey {
  return Object.hasOwn(en, key);
}
