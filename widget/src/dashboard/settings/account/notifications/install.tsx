/** Installing the dashboard as an app, where the browser offers it. */

import type { JSX } from "preact";
import { useEffect, useReducer } from "preact/hooks";

import { canInstall, install, onInstallable } from "../../../notifications/installing";
import { Card } from "../../parts/forms";
import { useSettingsI18n } from "../../i18n";

export function InstallCard(): JSX.Element | null {
  const { t } = useSettingsI18n();
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => onInstallable(() => again(undefined)), []);
  if (!canInstall()) return null;
  return (
    <Card title={t("install.title")} lead={t("install.lead")}>
      <p>
        <button type="button" class="button" onClick={() => void install()}>
          {t("install.go")}
        </button>
      </p>
    </Card>
  );
}
