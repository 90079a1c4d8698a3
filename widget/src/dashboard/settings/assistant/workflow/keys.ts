/** Keyboard shortcuts of the workflow editor. None works while the user types into a field, or in a dialog. */

import { useEffect, useRef } from "preact/hooks";

import type { EditorAction } from "../model/editor";

interface Given {
  readonly dispatch: (action: EditorAction) => void;
  readonly editable: boolean;
}

export function useEditorKeys(given: Given): void {
  const latest = useRef(given);
  latest.current = given;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const { dispatch, editable } = latest.current;
      const action = editable ? actionOf(event) : null;
      if (action === null) return;
      event.preventDefault();
      dispatch(action);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

function actionOf(event: KeyboardEvent): EditorAction | null {
  const at = event.target instanceof Element ? event.target : null;
  if (at?.closest("input, textarea, select, [contenteditable], [role=dialog]")) return null;
  if (event.ctrlKey || event.metaKey) {
    switch (event.key.toLowerCase()) {
      case "z":
        return { type: event.shiftKey ? "redo" : "undo" };
      case "y":
        return { type: "redo" };
      case "a":
        return onCanvas(at) ? { type: "select all" } : null;
      case "d":
        return onCanvas(at) ? { type: "duplicate selected" } : null;
      default:
        return null;
    }
  }
  // The reducer knows what is selected, also when the click before was not rendered yet.
  return (event.key === "Delete" || event.key === "Backspace") && onCanvas(at) ? { type: "remove selected" } : null;
}

function onCanvas(at: Element | null): boolean {
  return at === document.body || at?.closest(".flow-canvas") !== null;
}
