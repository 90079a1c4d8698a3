/** i18n of files in conversations. */

import { useMemo } from "preact/hooks";

import { others } from "texts:./texts";
import { Area, type Language, type Translator } from "../texts/areas";
import { useLanguage } from "../views/hooks";
import { en } from "./texts/en";

export type FileKey = keyof typeof en;
export type FileTranslate = Translator<FileKey>;

const TEXTS = new Area<FileKey>(en, others);

export interface FileI18n {
  readonly t: FileTranslate;
  readonly language: Language;
}

export function useFileI18n(): FileI18n {
  const language = useLanguage();
  return useMemo(() => ({ t: TEXTS.translator(language), language }), [language]);
}

/** Why a file was not taken. */
export function reasonText(reason: string, t: FileTranslate): string {
  const key = `reason.${reason}`;
  return t(Object.hasOwn(en, key) ? (key as FileKey) : "reason.other");
}
