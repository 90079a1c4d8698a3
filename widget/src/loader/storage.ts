/** localStorage and sessionStorage as they are: perhaps switched off, perhaps full. What fails keeps nothing. */

import type { Store } from "../chat/storage";

export function storage(kind: "localStorage" | "sessionStorage"): Store {
  // Even to look at a storage that is switched off throws.
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
