/** The field for a new password: the rules first, a strength estimate while typing. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Field } from "./parts/form";
import { strengthOf } from "./parts/strength";
import { type Translate, useAuthI18n } from "./i18n";

interface NewPasswordProps {
  readonly label: string;
  readonly own: readonly string[]; // name and email address
}

export function NewPassword({ label, own }: NewPasswordProps): JSX.Element {
  const { t } = useAuthI18n();
  const [typed, setTyped] = useState("");
  return (
    <Field
      label={label}
      name="password"
      type="password"
      autocomplete="new-password"
      hint={t("password.rules")}
      onInput={setTyped}
    >
      <Meter typed={typed} own={own} />
    </Field>
  );
}

function Meter({ typed, own }: { readonly typed: string; readonly own: readonly string[] }): JSX.Element {
  const { t } = useAuthI18n();
  const strength = strengthOf(typed, own);
  const level = typed === "" ? -1 : strength.level;
  return (
    <div class={`strength is-${level}`}>
      <span class="strength-bars" aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
      </span>
      <p class="strength-words" role="status">
        {typed === "" ? "" : words(strength, t)}
      </p>
    </div>
  );
}

function words({ level, missing, long, weakness }: ReturnType<typeof strengthOf>, t: Translate): string {
  if (long) return t("strength.long");
  if (missing > 0) return t("strength.0", { n: missing });
  const word = t(`strength.${level}`);
  return weakness === null || level > 2 ? word : `${word}: ${t(`strength.${weakness}`)}`;
}
