/** Links before everything else, seen when they have the focus: past what stands before the place they name. */

import type { JSX } from "preact";

interface SkipProps {
  readonly to: readonly (readonly [id: string, label: string])[];
}

export function SkipLinks({ to }: SkipProps): JSX.Element {
  return (
    <>
      {to.map(([id, label]) => (
        <a
          key={id}
          class="skip"
          href={`#${id}`}
          onClick={(event) => {
            event.preventDefault(); // the address stays that of the place
            const target = document.getElementById(id);
            (target?.querySelector<HTMLElement>("[data-skip-target]") ?? target)?.focus();
          }}
        >
          {label}
        </a>
      ))}
    </>
  );
}
