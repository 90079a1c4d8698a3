/** Project › Leave or delete. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { navigate } from "../../router";
import { useSession } from "../../views/session";
import { Card, TextField } from "../parts/forms";
import { Confirm } from "../parts/components";
import { useSettingsI18n } from "../i18n";
import { useProject } from "./use_project";

export function LeavePage(): JSX.Element {
  const { api, manager, project } = useProject();
  const { reload } = useSession();
  const { t } = useSettingsI18n();
  const [asking, setAsking] = useState<"leave" | "delete" | null>(null);
  const [name, setName] = useState("");
  const close = (): void => setAsking(null);
  const gone = async (): Promise<void> => {
    await reload(); // first, or the inbox would request a project that the user no longer belongs to
    navigate({ name: "inbox", project: null, conversation: null }, "replace");
  };
  return (
    <>
      <Card title={t("leave.title")} lead={t("leave.lead")}>
        <div class="card-foot">
          <button type="button" class="button is-quiet-danger" onClick={() => setAsking("leave")}>
            {t("leave")}
          </button>
        </div>
      </Card>
      <Card title={t("remove.title")} lead={t(manager ? "remove.lead" : "remove.managers")} danger>
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
              {t("remove")}
            </button>
          </div>
        ) : null}
      </Card>
      {asking === "leave" ? (
        <Confirm
          title={t("leave.of", { name: project.name })}
          lead={t("leave.confirm")}
          action={t("leave")}
          onClose={close}
          onConfirm={() => api.leave().then(gone)}
        />
      ) : null}
      {asking === "delete" ? (
        <Confirm
          title={t("remove.of", { name: project.name })}
          lead={t("remove.confirm")}
          action={t("remove.go")}
          ready={name === project.name}
          onClose={close}
          onConfirm={() => api.delete(name).then(gone)}
        >
          {() => <TextField label={t("remove.type", { name: project.name })} value={name} onInput={setName} />}
        </Confirm>
      ) : null}
    </>
  );
}
