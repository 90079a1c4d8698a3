/** The note on pages that only managers can change or see. */

import type { JSX } from "preact";

import { Note } from "../parts/components";
import { useSettingsI18n } from "../i18n";

export function ManagersOnly({ nothing = false }: { readonly nothing?: boolean }): JSX.Element {
  const { t } = useSettingsI18n();
  return <Note icon="lock">{t(nothing ? "managers.see" : "managers.change")}</Note>;
}
