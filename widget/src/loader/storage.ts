/** localStorage and sessionStorage without exceptions: if storage is switched off or full, nothing is kept. */

import type { Store } from "../chat/storage";

export function storage(kind: "localStorage" | "sessionStorage"): Store {
  // Even reading the property throws when storage is switched off.
  const attempt = <Answer>(act: (store: Storage) => Answer, otherwise: Answer): Answer => {
    try {
      return act(window[kind]);
    } catch {
      return otherwise;
    }
  };
  return {
    read: (name) => attempt((store) => store.getItem(name), null),
    write: (name, value) =>
      attempt((store) => (value === null ? store.removeItem(name) : store.setItem(name, value)), undefined),
    names: (prefix) => attempt((store) => Object.keys(store).filter((name) => name.startsWith(prefix)), []),
  };
}
