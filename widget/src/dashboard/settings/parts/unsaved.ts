/** Changes that nobody saved yet, so that leaving the page asks first. */

import { useEffect } from "preact/hooks";

const unsaved = new Set<object>();

export function anyUnsaved(): boolean {
  return unsaved.size > 0;
}

/** Whoever leaves all the same has decided about all of it. */
export function forgetUnsaved(): void {
  unsaved.clear();
}

/** Counts this form as unsaved while `dirty`. */
export function useUnsaved(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return undefined;
    const mine = {};
    unsaved.add(mine);
    return () => {
      unsaved.delete(mine);
    };
  }, [dirty]);
}
