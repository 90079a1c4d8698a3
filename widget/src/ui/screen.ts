/** What kind of screen this is. */

/** Whether the window covers the whole screen. The style sheets say the same in their media queries. */
export function isPhone(): boolean {
  return matchMedia("(max-width: 480px)").matches;
}
