/** The agent's saved views, for a component. */

import { useEffect, useReducer } from "preact/hooks";

import { useWorkspace } from "../views/hooks";
import { useSession } from "../views/session";
import { libraryOf, type SavedViewsLibrary } from "./library";

export function useSavedViews(): SavedViewsLibrary {
  const { store, project } = useWorkspace();
  const { api } = useSession();
  const library = libraryOf(store, api, project.id);
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const stop = library.subscribe(() => rerender(undefined));
    library.want();
    rerender(undefined); // they may have been loaded between the first render and this effect
    return stop;
  }, [library]);
  return library;
}
