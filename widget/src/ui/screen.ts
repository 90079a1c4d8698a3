/** Detects the kind of screen. */

/** Whether the window covers the whole screen. The style sheets have the same media queries. */
export function isPhone(): boolean {
  return matchMedia("(max-width: 480px)").matches;
}

/** Whether the visitor types on a touch keyboard: those have no Shift+Enter. */
export function isTouched(): boolean {
  return matchMedia("(pointer: coarse)").matches;
}
