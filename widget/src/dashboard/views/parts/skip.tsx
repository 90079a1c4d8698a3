/** Skip links: visible on focus, they jump past the content before their target. */

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
            event.preventDefault(); // the address stays that of the route
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
