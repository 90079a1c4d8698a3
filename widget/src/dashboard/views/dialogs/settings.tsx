/** The preferences dialog: appearance, language, notifications, shortcuts. */

import type { JSX } from "preact";

import { AlertSwitches } from "../../notifications/switches";
import { prefer } from "../../store/preferences";
import { LANGUAGES, nameOfLanguage } from "../../texts/i18n";
import { Modal } from "../parts/dialog";
import { IconButton } from "../parts/components";
import { Switch } from "../parts/switch";
import { usePreferences, useI18n } from "../hooks";

export function SettingsDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { t } = useI18n();
  const { theme, language, advance } = usePreferences();
  return (
    <Modal label={t("settings.title")} onClose={onClose}>
      <header class="modal-head">
        <h2>{t("settings.title")}</h2>
        <IconButton icon="close" label={t("close")} onClick={onClose} />
      </header>
      <div class="settings">
        <Segments
          label={t("settings.theme")}
          value={theme}
          choices={[
            ["system", t("settings.theme.system")],
            ["light", t("settings.theme.light")],
            ["dark", t("settings.theme.dark")],
          ]}
          onPick={(value) => prefer({ theme: value })}
        />
        <Segments
          label={t("settings.language")}
          value={language}
          choices={[["", t("settings.language.auto")], ...LANGUAGES.map((one) => [one, nameOfLanguage(one)] as const)]}
          onPick={(value) => prefer({ language: value })}
        />
        <fieldset>
          <legend>{t("settings.notices")}</legend>
          <AlertSwitches />
        </fieldset>
        <fieldset>
          <legend>{t("settings.work")}</legend>
          <Switch
            label={t("settings.advance")}
            lead={t("settings.advance.lead")}
            on={advance}
            onChange={(on) => prefer({ advance: on })}
          />
        </fieldset>
        <fieldset>
          <legend>{t("settings.keyboard")}</legend>
          <ShortcutSwitch />
        </fieldset>
      </div>
    </Modal>
  );
}

/** Speech input or accidental key presses can trigger single keys, so they can be switched off (WCAG 2.1.4). */
export function ShortcutSwitch(): JSX.Element {
  const { t } = useI18n();
  const { shortcuts } = usePreferences();
  return (
    <Switch
      label={t("settings.shortcuts")}
      lead={t("settings.shortcuts.lead")}
      on={shortcuts}
      onChange={(on) => prefer({ shortcuts: on })}
    />
  );
}

interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly (readonly [T, string])[];
  readonly onPick: (value: T) => void;
}

function Segments<T extends string>({ label, value, choices, onPick }: SegmentsProps<T>): JSX.Element {
  return (
    <fieldset>
      <legend>{label}</legend>
      <div class="segments">
        {choices.map(([id, text]) => (
          <label key={id} class={id === value ? "segment is-picked" : "segment"}>
            <input type="radio" class="sr-only" name={label} checked={id === value} onChange={() => onPick(id)} />
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
