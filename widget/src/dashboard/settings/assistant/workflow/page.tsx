/** Project › Assistant › Workflow: the draft and its editor. */

import type { JSX } from "preact";

import { Shown } from "../../parts/components";
import { useLoaded } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import type { PageProps } from "../pages";
import { WorkflowEditor } from "./editor";

export function Workflow({ api }: PageProps): JSX.Element {
  const { manager } = useProject();
  const loaded = useLoaded(() => api.draft(), [api]);
  return (
    <Shown of={loaded}>
      {(draft) => (
        <WorkflowEditor
          api={api}
          draft={draft}
          editable={manager}
          onSaved={loaded.set}
          onStale={() => void loaded.reload()}
        />
      )}
    </Shown>
  );
}
