/** Unsaved changes: leaving a page with unsaved changes asks for confirmation first. */

import { useLayoutEffect } from "preact/hooks";

const unsaved = new Set<object>();

export function anyUnsaved(): boolean {
  return unsaved.size > 0;
}

/** The user has chosen to leave: all unsaved changes are discarded. */
export function forgetUnsaved(): void {
  unsaved.clear();
}

/** Marks this form as unsaved while `dirty`. */
export function useUnsaved(dirty: boolean): void {
  // Before it is painted: a user who sees the change must not lose it by the next key.
  useLayoutEffect(() => {
    if (!dirty) return undefined;
    const mine = {};
    unsaved.add(mine);
    return () => {
      unsaved.delete(mine);
    };
  }, [dirty]);
}
