/** A switch with a label and a sentence about it. */

import type { JSX } from "preact";

interface SwitchProps {
  readonly label: string;
  readonly lead: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

export function Switch({ label, lead, on, onChange }: SwitchProps): JSX.Element {
  return (
    <label class="switch">
      <span class="switch-text">
        <b>{label}</b>
        <small>{lead}</small>
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <i class="switch-track" aria-hidden="true" />
    </label>
  );
}
