/** Sound, number in the title and desktop notifications: choices of this browser. */

import type { JSX } from "preact";

import { AlertSwitches } from "../../../notifications/switches";
import { useSettingsI18n } from "../../i18n";
import { Card } from "../../parts/forms";

export function BrowserCard(): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <Card title={t("notifications.browser")} lead={t("notifications.browser.lead")}>
      <AlertSwitches />
    </Card>
  );
}
