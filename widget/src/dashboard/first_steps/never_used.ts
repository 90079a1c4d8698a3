/** Whether a project has had no conversation yet. */

import { useEffect, useState } from "preact/hooks";

import { horizonOf } from "../state/model";
import { useInboxState, useWorkspace } from "../views/hooks";
import { useSession } from "../views/session";

/** True once REST has confirmed that the project has no conversation in any state. */
export function useNeverUsed(): boolean {
  const { api } = useSession();
  const { project } = useWorkspace();
  const state = useInboxState();
  const { entries } = state;
  const [empty, setEmpty] = useState(false);
  const { loaded, end } = horizonOf(state);
  const nothing = loaded && end && entries.size === 0;
  useEffect(() => {
    if (!nothing) return setEmpty(false);
    let asked = true;
    api.conversations(project.id, "", null).then(
      ({ items }) => asked && setEmpty(items.length === 0),
      () => undefined, // then the usual empty state is shown
    );
    return () => {
      asked = false;
    };
  }, [nothing, api, project.id]);
  return nothing && empty;
}
