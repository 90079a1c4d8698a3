/** How hard the new password is to guess, while it is typed. */

import type { JSX } from "preact";

import { strengthOf } from "../../door/strength";
import { useSession } from "../../views/session";
import { useTexts } from "../words";

export function StrengthMeter({ password }: { readonly password: string }): JSX.Element {
  const { user } = useSession();
  const { say } = useTexts();
  const { level, missing, long, weakness } = strengthOf(password, [user.full_name, user.email]);
  const word = long ? say("strength.long") : say(`strength.${level}`, { n: missing });
  const why = weakness === null || level === 0 || level > 2 ? "" : ` ${say(`strength.${weakness}`)}`;
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
