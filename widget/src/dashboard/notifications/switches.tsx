/** Sound, number in the title and desktop notifications: choices of this browser. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { allowNotifications, allowSound } from "../store/notices";
import { prefer } from "../store/preferences";
import { useI18n, usePreferences } from "../views/hooks";
import { Switch } from "../views/parts/switch";

export function AlertSwitches(): JSX.Element {
  const { t } = useI18n();
  const { sound, badge, desktop } = usePreferences();
  const [denied, setDenied] = useState(false);
  const setDesktop = async (on: boolean): Promise<void> => {
    const allowed = on && (await allowNotifications());
    setDenied(on && !allowed);
    prefer({ desktop: allowed });
  };
  return (
    <>
      <Switch
        label={t("settings.sound")}
        lead={t("settings.sound.lead")}
        on={sound}
        onChange={(on) => {
          allowSound();
          prefer({ sound: on });
        }}
      />
      <Switch
        label={t("settings.badge")}
        lead={t("settings.badge.lead")}
        on={badge}
        onChange={(on) => prefer({ badge: on })}
      />
      <Switch
        label={t("settings.desktop")}
        lead={t(denied ? "settings.desktop.denied" : "settings.desktop.lead")}
        on={desktop}
        onChange={(on) => void setDesktop(on)}
      />
    </>
  );
}
