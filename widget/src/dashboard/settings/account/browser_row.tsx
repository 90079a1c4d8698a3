/** A browser in a list of the account: its name, what is known about it, and a button, unless it is this one. */

import type { ComponentChildren, JSX } from "preact";

import { browserName } from "../../state/browsers";
import { Icon } from "../../views/parts/icons";
import { useSettingsI18n } from "../i18n";

interface Props {
  /** As the server names it; empty: unknown. */
  readonly device: string;
  readonly current: boolean;
  readonly busy: boolean;
  readonly action: string;
  /** What a screen reader says of the button. */
  readonly actionOf: (name: string) => string;
  readonly onAction: () => void;
  readonly children: ComponentChildren;
}

export function BrowserRow({ device, current, busy, action, actionOf, onAction, children }: Props): JSX.Element {
  const { t } = useSettingsI18n();
  const name = device === "" ? t("sessions.unknown") : browserName(device);
  return (
    <li class="item">
      <span class="item-icon">
        <Icon name="screen" />
      </span>
      <span class="item-text">
        <b>
          {name} {current ? <span class="tag is-good">{t("sessions.this")}</span> : null}
        </b>
        <small>{children}</small>
      </span>
      {current ? null : (
        <button type="button" class="button is-small" disabled={busy} aria-label={actionOf(name)} onClick={onAction}>
          {action}
        </button>
      )}
    </li>
  );
}
