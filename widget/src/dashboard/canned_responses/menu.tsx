/** The list of canned responses above the composer, with a preview of the chosen one. The composer has the keys. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import type { CannedResponse } from "../../rest/types";

export const LIST_ID = "canned-responses";

interface MenuProps {
  readonly label: string;
  readonly found: readonly CannedResponse[];
  readonly active: number;
  readonly textOf: (response: CannedResponse) => string; // with its variables filled in
  readonly onActive: (index: number) => void;
  readonly onPick: (response: CannedResponse) => void;
}

export function CannedMenu({ label, found, active, textOf, onActive, onPick }: MenuProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const chosen = found[active];
  useLayoutEffect(() => {
    list.current?.querySelector(".is-active")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div class="canned">
      <div class="canned-list" role="listbox" id={LIST_ID} aria-label={label} tabIndex={0} ref={list}>
        {found.map((one, index) => (
          // biome-ignore lint/a11y: the composer keeps the focus and the keys, aria-activedescendant points here
          <div
            key={one.id}
            id={optionId(one)}
            role="option"
            aria-selected={index === active}
            class={index === active ? "choice is-active" : "choice"}
            onPointerMove={() => onActive(index)}
            onMouseDown={(event) => event.preventDefault()} // the composer keeps the focus
            onClick={() => onPick(one)}
          >
            <code class="choice-hint">/{one.shortcut}</code>
            <span class="choice-label">{textOf(one)}</span>
            {one.category === "" ? null : <span class="tag">{one.category}</span>}
          </div>
        ))}
      </div>
      <p class="canned-preview" dir="auto">
        {chosen === undefined ? "" : textOf(chosen)}
      </p>
    </div>
  );
}

export function optionId({ id }: CannedResponse): string {
  return `canned-${id}`;
}
