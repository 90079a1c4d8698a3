/** The field for a password that is chosen now: the rules before, an honest estimate while typing. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Field } from "./form";
import { strengthOf } from "./strength";
import { type Say, useDoorWords } from "./words";

interface NewPasswordProps {
  readonly label: string;
  readonly own: readonly string[]; // name and e-mail address
}

export function NewPassword({ label, own }: NewPasswordProps): JSX.Element {
  const { say } = useDoorWords();
  const [typed, setTyped] = useState("");
  return (
    <Field
      label={label}
      name="password"
      type="password"
      autocomplete="new-password"
      hint={say("password.rules")}
      onInput={setTyped}
    >
      <Meter typed={typed} own={own} />
    </Field>
  );
}

function Meter({ typed, own }: { readonly typed: string; readonly own: readonly string[] }): JSX.Element {
  const { say } = useDoorWords();
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
        {typed === "" ? "" : words(strength, say)}
      </p>
    </div>
  );
}

function words({ level, missing, long, weakness }: ReturnType<typeof strengthOf>, say: Say): string {
  if (long) return say("strength.long");
  if (missing > 0) return say("strength.0", { n: missing });
  const word = say(`strength.${level}`);
  return weakness === null || level > 2 ? word : `${word}: ${say(`strength.${weakness}`)}`;
}
