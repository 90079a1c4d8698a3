/** Project › Leave or delete. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { visit } from "../../places";
import { useSession } from "../../views/session";
import { Card, TextField } from "../parts/forms";
import { Confirm } from "../parts/pieces";
import { useTexts } from "../words";
import { useProject } from "./use_project";

export function LeavePage(): JSX.Element {
  const { api, manager, project } = useProject();
  const { reload } = useSession();
  const { say } = useTexts();
  const [asking, setAsking] = useState<"leave" | "delete" | null>(null);
  const [name, setName] = useState("");
  const close = (): void => setAsking(null);
  const gone = async (): Promise<void> => {
    await reload(); // first, or the inbox would ask for a project that is not ours any more
    visit({ name: "inbox", project: null, conversation: null }, "replace");
  };
  return (
    <>
      <Card title={say("leave.title")} lead={say("leave.lead")}>
        <div class="card-foot">
          <button type="button" class="button is-quiet-danger" onClick={() => setAsking("leave")}>
            {say("leave")}
          </button>
        </div>
      </Card>
      <Card title={say("remove.title")} lead={say(manager ? "remove.lead" : "remove.managers")} danger>
        {manager ? (
          <div class="card-foot">
            <button
              type="button"
              class="button is-danger"
              onClick={() => {
                setName("");
                setAsking("delete");
              }}
            >
              {say("remove")}
            </button>
          </div>
        ) : null}
      </Card>
      {asking === "leave" ? (
        <Confirm
          title={say("leave.of", { name: project.name })}
          lead={say("leave.confirm")}
          action={say("leave")}
          onClose={close}
          onConfirm={() => api.leave().then(gone)}
        />
      ) : null}
      {asking === "delete" ? (
        <Confirm
          title={say("remove.of", { name: project.name })}
          lead={say("remove.confirm")}
          action={say("remove.go")}
          ready={name === project.name}
          onClose={close}
          onConfirm={() => api.delete(name).then(gone)}
        >
          {() => <TextField label={say("remove.type", { name: project.name })} value={name} onInput={setName} />}
        </Confirm>
      ) : null}
    </>
  );
}
