/** The draft that another manager has saved meanwhile, and what differs from one's own. */

import type { JSX } from "preact";

import { Note } from "../../parts/components";
import { useToast } from "../../parts/toast";
import type { WorkflowDraft } from "../api";
import { useAssistantI18n } from "../i18n";
import { DiffView } from "./diff_view";
import type { Editor } from "./use_editor";

interface StaleProps {
  readonly editor: Editor;
  readonly theirs: WorkflowDraft;
}

export function Stale({ editor, theirs }: StaleProps): JSX.Element {
  const { t } = useAssistantI18n();
  const toast = useToast();
  const keep = async (): Promise<void> => {
    if (await editor.save(theirs.version)) toast(t("flow.saved"));
  };
  return (
    <div class="wrong" role="alert">
      <Note kind="warn">
        <p>
          <b>{t("flow.stale", { who: theirs.changed_by?.full_name ?? t("flow.someone") })}</b>
        </p>
        <details>
          <summary>{t("flow.stale.differences")}</summary>
          <DiffView before={editor.workflow} after={theirs.workflow} />
        </details>
        <div class="card-foot">
          <button type="button" class="button is-small" disabled={editor.saving.busy} onClick={() => void keep()}>
            {t("flow.stale.keep")}
          </button>
          <button type="button" class="button is-small" onClick={() => editor.take(theirs)}>
            {t("flow.stale.take")}
          </button>
        </div>
      </Note>
    </div>
  );
}
