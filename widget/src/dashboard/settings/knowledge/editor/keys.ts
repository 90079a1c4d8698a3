/** Ctrl+S, or ⌘S, saves the form that has the focus. */

import { useCallback } from "preact/hooks";

export function useSaveKey(): (event: KeyboardEvent) => void {
  return useCallback((event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    const form = event.currentTarget;
    if (form instanceof HTMLFormElement && form.querySelector("[type=submit]:disabled") === null) form.requestSubmit();
  }, []);
}
