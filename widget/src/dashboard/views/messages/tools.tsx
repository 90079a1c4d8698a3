/** The menu of a message: beside it on hover and focus, on a phone by a long press. */

import type { JSX, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { copyText } from "../../store/clipboard";
import type { Translate } from "../../texts/i18n";
import { Icon } from "../parts/icons";
import { type Choice, Menu } from "../parts/menu";
import type { Permissions } from "./permissions";

const LONG_PRESS = 450; // ms
const MAX_MOVE = 10; // CSS pixels that a finger may move while it presses
const MENU_HEIGHT = 150; // CSS pixels: with less room below, it opens upwards
const MENU_WIDTH = 230; // with less room on the left, it opens to the right

interface ToolsProps {
  readonly bubble: RefObject<HTMLElement | null>;
  readonly text: string;
  readonly may: Permissions;
  readonly stop: boolean; // the tab stop of all menus; the arrow keys move between them
  readonly t: Translate;
  readonly onTranslate: (() => void) | undefined; // none: it is no message of a visitor
  readonly onEdit: () => void;
  readonly onRedact: () => void;
}

export function Tools({ bubble, text, may, stop, t, onTranslate, onEdit, onRedact }: ToolsProps): JSX.Element {
  const root = useRef<HTMLSpanElement>(null);
  const [open, setOpen] = useState(false);
  const [place, setPlace] = useState({ up: false, side: "right" as "left" | "right" });
  const show = (): void => {
    const box = root.current?.closest(".timeline")?.getBoundingClientRect();
    const at = root.current?.getBoundingClientRect();
    if (box !== undefined && at !== undefined) {
      const up = box.bottom - at.bottom < MENU_HEIGHT && at.bottom - box.top > MENU_HEIGHT;
      setPlace({ up, side: at.right - box.left > MENU_WIDTH ? "right" : "left" });
    }
    setOpen(true);
  };
  useLongPress(bubble, show);
  const choices: Choice[] = [];
  if (may.edit) choices.push({ id: "edit", label: t("message.edit"), before: <Icon name="pencil" size={16} /> });
  choices.push({ id: "copy", label: t("message.copy"), before: <Icon name="copy" size={16} /> });
  if (onTranslate !== undefined)
    choices.push({ id: "translate", label: t("message.translate"), before: <Icon name="globe" size={16} /> });
  if (may.redact)
    choices.push({
      id: "redact",
      label: t("message.remove"),
      danger: true,
      before: <Icon name="trash" size={16} />,
    });
  return (
    <span class={`said-tools menu-anchor${open ? " is-open" : ""}${place.up ? " opens-up" : ""}`} ref={root}>
      <button
        type="button"
        class="icon-button is-small"
        tabIndex={stop ? 0 : -1}
        aria-label={t("message.menu")}
        title={t("message.menu")}
        aria-haspopup="listbox"
        aria-expanded={open}
        onClick={() => (open ? setOpen(false) : show())}
        onKeyDown={(event) => {
          if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
          event.preventDefault();
          event.stopPropagation();
          neighbour(event.currentTarget, event.key === "ArrowUp" ? -1 : 1)?.focus();
        }}
      >
        <Icon name="more" size={16} />
      </button>
      {open ? (
        <Menu
          label={t("message.menu")}
          side={place.side}
          choices={choices}
          onPick={(id) => {
            setOpen(false);
            if (id === "edit") onEdit();
            else if (id === "redact") onRedact();
            else if (id === "translate") onTranslate?.();
            else void copyText(text);
          }}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </span>
  );
}

/** The button of the message before or after. */
function neighbour(button: HTMLElement, step: 1 | -1): HTMLElement | undefined {
  const all = [...(button.closest(".timeline")?.querySelectorAll<HTMLElement>(".said-tools > button") ?? [])];
  return all[all.indexOf(button) + step];
}

/** Calls `act` when a finger rests on the element. */
function useLongPress(element: RefObject<HTMLElement | null>, act: () => void): void {
  const pressed = useRef(act);
  pressed.current = act;
  useEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = { x: 0, y: 0 };
    let acted = false;
    const end = (): void => clearTimeout(timer);
    const down = (event: PointerEvent): void => {
      acted = false;
      end();
      if (event.pointerType !== "touch") return;
      from = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => {
        acted = true;
        pressed.current();
      }, LONG_PRESS);
    };
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > MAX_MOVE) end();
    };
    // The browser's own menu of a long press, and the click that may follow on a link.
    const swallow = (event: Event): void => {
      if (acted) event.preventDefault();
    };
    target.addEventListener("pointerdown", down);
    target.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) target.addEventListener(name, end);
    for (const name of ["contextmenu", "click"]) target.addEventListener(name, swallow, true);
    return () => {
      end();
      target.removeEventListener("pointerdown", down);
      target.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"]) target.removeEventListener(name, end);
      for (const name of ["contextmenu", "click"]) target.removeEventListener(name, swallow, true);
    };
  }, [element]);
}
