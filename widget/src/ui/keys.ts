/** Keys that belong to an input method, not to us. */

/** Whether the key belongs to an IME composition; 229 is what Safari sends for the Enter that ends one (WebKit bug
 *  165004). */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
