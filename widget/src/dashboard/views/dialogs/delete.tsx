/** The dialog that asks before a conversation is deleted. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Problem } from "../../rest/api";
import type { Conversation } from "../../state/model";
import { nameOf } from "../../state/placeholder_names";
import { Modal } from "../parts/dialog";
import type { Notice } from "../toast";
import { useI18n, useWorkspace } from "../hooks";
import { useSession } from "../session";

interface DeleteProps {
  readonly row: Conversation;
  readonly onDone: (notice: Notice) => void;
  readonly onClose: () => void;
}

export function DeleteDialog({ row, onDone, onClose }: DeleteProps): JSX.Element {
  const { store, project, go } = useWorkspace();
  const { api } = useSession();
  const { t, language } = useI18n();
  const [busy, setBusy] = useState(false);
  const name = nameOf(row.visitor, language);
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.call("DELETE", `/projects/${project.id}/conversations/${row.id}`);
    } catch (error) {
      const gone = error instanceof Problem && error.status === 404; // another manager was faster
      if (!gone) {
        onDone({ type: "refused", what: "delete" });
        return onClose();
      }
    }
    if (store.state.open === row.id) go.open(null);
    store.dispatch({ type: "conversation missing", conversation: row.id });
    onDone({ type: "deleted", name });
    onClose();
  };
  return (
    <Modal label={t("delete.title")} class="confirm" onClose={onClose}>
      <header class="modal-head">
        <h2>{t("delete.title")}</h2>
      </header>
      <div class="confirm-body">
        <p>{t("delete.lead", { name })}</p>
        <p>{t("delete.lead.final")}</p>
        <div class="confirm-actions">
          <button type="button" class="button" autofocus onClick={onClose}>
            {t("delete.keep")}
          </button>
          <button type="button" class="button is-danger" disabled={busy} onClick={() => void remove()}>
            {t("delete.go")}
          </button>
        </div>
      </div>
    </Modal>
  );
}
