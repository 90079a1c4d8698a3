/** Keys that belong to an input method, not to us. */

/** Whether the key confirms or edits a composition; 229 is how Safari says so of the Enter that ends one (WebKit bug 165004). */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
