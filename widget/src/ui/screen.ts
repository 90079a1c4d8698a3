/** What kind of screen this is. */

/** Whether the window covers the whole screen. The style sheets say the same in their media queries. */
export function isPhone(): boolean {
  return matchMedia("(max-width: 480px)").matches;
}

/** Whether the visitor types on glass: such keyboards have no Shift+Enter. */
export function isTouched(): boolean {
  return matchMedia("(pointer: coarse)").matches;
}
