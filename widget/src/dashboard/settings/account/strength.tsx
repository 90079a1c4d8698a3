/** A strength meter for the new password. */

import type { JSX } from "preact";

import { strengthOf } from "../../auth/parts/strength";
import { useSession } from "../../views/session";
import { useSettingsI18n } from "../i18n";

export function StrengthMeter({ password }: { readonly password: string }): JSX.Element {
  const { user } = useSession();
  const { t } = useSettingsI18n();
  const { level, missing, long, weakness } = strengthOf(password, [user.full_name, user.email]);
  const word = long ? t("strength.long") : t(`strength.${level}`, { n: missing });
  const why = weakness === null || level === 0 || level > 2 ? "" : ` ${t(`strength.${weakness}`)}`;
  return (
    <div class={`strength is-${password === "" ? -1 : level}`}>
      <span class="strength-bars" aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
      </span>
      <p class="strength-words" role="status">
        {password === "" ? "" : `${word}.${why}`}
      </p>
    </div>
  );
}
