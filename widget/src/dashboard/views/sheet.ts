/** A pane over the others: takes the focus, restores it, and closes on Escape or a press outside. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** `opener` names the controls that open and close the sheet by their own click. */
export function useSheet(
  pane: RefObject<HTMLElement | null>,
  active: boolean,
  opener: string,
  onClose: () => void,
): void {
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    if (!active) return undefined;
    const before = document.activeElement;
    pane.current?.querySelector<HTMLElement>("button")?.focus();
    const pressed = (event: Event): void => {
      const target = event.target instanceof Element ? event.target : null;
      if (target === null || pane.current?.contains(target) === true || target.closest(opener) !== null) return;
      close.current();
    };
    const typed = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      close.current();
    };
    const element = pane.current;
    document.addEventListener("pointerdown", pressed, true);
    element?.addEventListener("keydown", typed);
    return () => {
      document.removeEventListener("pointerdown", pressed, true);
      element?.removeEventListener("keydown", typed);
      const inside = element?.contains(document.activeElement) === true || document.activeElement === document.body;
      if (!inside) return;
      if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
      else document.querySelector<HTMLElement>(opener)?.focus();
    };
  }, [active]);
}
