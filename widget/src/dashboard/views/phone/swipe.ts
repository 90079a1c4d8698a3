/** Swiping to the right goes back, as phones do it: from the conversation to the list, from the details to the
 *  conversation. */

import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

const MIN_DISTANCE = 70; // CSS pixels
const MIN_RATIO = 2; // times further to the side than up or down
const MAX_DURATION = 700; // ms; a slower finger is reading or selecting

export interface Touched {
  readonly x: number;
  readonly y: number;
  readonly at: number; // ms
}

export function isSwipeBack(from: Touched, to: Touched): boolean {
  const [right, down] = [to.x - from.x, Math.abs(to.y - from.y)];
  return right >= MIN_DISTANCE && right >= MIN_RATIO * down && to.at - from.at <= MAX_DURATION;
}

/** `back` null: there is no way back. */
export function useSwipeBack(area: RefObject<HTMLElement | null>, back: (() => void) | null): void {
  const latest = useRef(back);
  latest.current = back;
  const active = back !== null;
  useEffect(() => {
    const element = area.current;
    if (!active || element === null) return undefined;
    let from: Touched | null = null;
    const begun = (event: TouchEvent): void => {
      from = event.touches.length === 1 && !keepsSwipe(event.target, element) ? touchOf(event) : null;
    };
    const ended = (event: TouchEvent): void => {
      const start = from;
      from = null;
      if (start === null || event.touches.length > 0 || getSelection()?.isCollapsed === false) return;
      if (isSwipeBack(start, touchOf(event))) latest.current?.();
    };
    const cancelled = (): void => {
      from = null;
    };
    element.addEventListener("touchstart", begun, { passive: true });
    element.addEventListener("touchend", ended, { passive: true });
    element.addEventListener("touchcancel", cancelled, { passive: true });
    return () => {
      element.removeEventListener("touchstart", begun);
      element.removeEventListener("touchend", ended);
      element.removeEventListener("touchcancel", cancelled);
    };
  }, [active]);
}

function touchOf(event: TouchEvent): Touched {
  const { clientX, clientY } = event.changedTouches[0]!;
  return { x: clientX, y: clientY, at: event.timeStamp };
}

/** Fields, and what scrolls to the side, take the movement for themselves. */
function keepsSwipe(target: EventTarget | null, within: Element): boolean {
  for (let one = target instanceof Element ? target : null; one !== null && one !== within; one = one.parentElement) {
    if (one.matches("input, textarea, select, dialog, [role=dialog]")) return true;
    if (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible") {
      if (/auto|scroll/.test(getComputedStyle(one).overflowX)) return true;
    }
  }
  return false;
}
