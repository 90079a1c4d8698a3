/** i18n of screenshots, loaded with them. */

import { useMemo } from "preact/hooks";

import type { Problem } from "../rest/api";
import { others } from "texts:./texts";
import { Area, type Language, type Translator } from "../texts/areas";
import { useLanguage } from "../views/hooks";
import { en } from "./texts/en";

export type ScreenshotKey = keyof typeof en;
export type ScreenshotTranslate = Translator<ScreenshotKey>;

const TEXTS = new Area<ScreenshotKey>(en, others);

export function useScreenshotI18n(): { readonly t: ScreenshotTranslate; readonly language: Language } {
  const language = useLanguage();
  return useMemo(() => ({ t: TEXTS.translator(language), language }), [language]);
}

/** The key of the message for a problem of REST. */
export function problemKey({ code, status, temporary }: Pick<Problem, "code" | "status" | "temporary">): ScreenshotKey {
  const key = `problem.${code}`;
  if (Object.hasOwn(en, key)) return key as ScreenshotKey;
  return status === 0 || temporary ? "problem.away" : "problem.other";
}
