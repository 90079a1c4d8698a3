/** A menu under a button: arrow keys, Enter, Esc, type-ahead or a filter. */

import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { isComposing } from "../../../ui/keys";
import { folded } from "../../state/select";
import { Icon } from "./icons";

export interface Choice {
  readonly id: string;
  readonly label: string;
  readonly also?: string; // an alias for the filter
  readonly hint?: string;
  readonly checked?: boolean;
  readonly before?: ComponentChildren;
  readonly danger?: boolean;
}

interface MenuProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly side?: "left" | "right" | "up";
  readonly filter?: string | undefined; // placeholder; none: no filter
  readonly onPick: (id: string) => void;
  readonly onClose: () => void;
}

export function Menu({ label, choices, side = "left", filter, onPick, onClose }: MenuProps): JSX.Element {
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const keys = useRef({ typed: "", at: 0 }); // the type-ahead buffer
  const [typed, setTyped] = useState("");
  const shown = filter === undefined ? choices : choices.filter((one) => folded(one.label).includes(folded(typed)));
  const [active, setActive] = useState(() =>
    Math.max(
      0,
      choices.findIndex((one) => one.checked),
    ),
  );
  const at = Math.min(active, shown.length - 1);

  // A layout effect, before the next key: a user who types A and Enter in one go means the menu.
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const target = root.current?.querySelector<HTMLElement>("input") ?? root.current;
    target?.focus();
    const outside = (event: Event): void => {
      // The button that opened the menu closes it by its own click.
      const anchor = root.current?.parentElement;
      if (event.target instanceof Node && anchor?.contains(event.target) === false) onClose();
    };
    document.addEventListener("pointerdown", outside, true);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      const inside = root.current?.contains(document.activeElement) ?? false;
      if ((inside || document.activeElement === document.body) && opener instanceof HTMLElement) opener.focus();
    };
  }, []);

  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (isComposing(event)) return;
    const pick = shown[at];
    const typed_text = filter === undefined ? typeAhead(keys.current, event) : "";
    if (typed_text !== "") {
      keys.current = { typed: typed_text, at: event.timeStamp };
      const found = shown.findIndex((one) => begins(one, typed_text));
      if (found >= 0) setActive(found);
    } else if (event.key === "Escape" || event.key === "Tab") onClose();
    else if (event.key === "ArrowDown") setActive((at + 1) % Math.max(1, shown.length));
    else if (event.key === "ArrowUp") setActive((at - 1 + shown.length) % Math.max(1, shown.length));
    else if (event.key === "Home") setActive(0);
    else if (event.key === "End") setActive(shown.length - 1);
    else if ((event.key === "Enter" || (event.key === " " && filter === undefined)) && pick !== undefined)
      onPick(pick.id);
    else return;
    event.preventDefault();
  };

  const described = shown[at] === undefined ? undefined : `choice-${shown[at].id}`;
  const options = shown.map((one, index) => (
    // biome-ignore lint/a11y: the list keeps the focus and the keys, aria-activedescendant points here
    <div
      key={one.id}
      id={`choice-${one.id}`}
      role="option"
      aria-selected={one.checked === true}
      class={`choice${index === at ? " is-active" : ""}${one.danger === true ? " is-danger" : ""}`}
      onPointerMove={() => setActive(index)}
      onClick={() => onPick(one.id)}
    >
      {one.before}
      <span class="choice-label">{one.label}</span>
      {one.hint === undefined ? null : <span class="choice-hint">{one.hint}</span>}
      {one.checked === true ? <Icon name="check" size={16} /> : null}
    </div>
  ));
  if (filter !== undefined) {
    // A listbox may hold nothing but options: the field is a combobox that controls it.
    return (
      // biome-ignore lint/a11y: the field has the keys
      <div class={`menu menu-${side}`} ref={root} onKeyDown={onKeyDown}>
        <input
          class="menu-filter"
          type="text"
          role="combobox"
          aria-expanded={true}
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={described}
          placeholder={filter}
          aria-label={filter}
          value={typed}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setActive(0);
          }}
        />
        <div role="listbox" id={id} aria-label={label}>
          {options}
        </div>
      </div>
    );
  }
  return (
    <div
      class={`menu menu-${side}`}
      ref={root}
      role="listbox"
      aria-label={label}
      tabIndex={-1}
      aria-activedescendant={described}
      onKeyDown={onKeyDown}
    >
      {options}
    </div>
  );
}

const TYPE_AHEAD_TIMEOUT = 800; // ms between two keys of one type-ahead

/** The type-ahead text including this key, or ""; a space only continues a text. */
function typeAhead(before: { readonly typed: string; readonly at: number }, event: KeyboardEvent): string {
  if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return "";
  const going = event.timeStamp - before.at < TYPE_AHEAD_TIMEOUT ? before.typed : "";
  return event.key === " " && going === "" ? "" : going + event.key;
}

/** Whether one of its names, or a word of one, starts with the typed text. */
function begins({ label, also = "" }: Choice, typed: string): boolean {
  const wanted = folded(typed);
  return [label, also].some((name) => ` ${folded(name)}`.includes(` ${wanted}`));
}
