/** Asks before something is deleted. Without the texts of the settings, which the inbox need not load. */

import type { JSX } from "preact";

import { useRequest } from "../../settings/parts/use_request";
import { Modal } from "../../views/parts/dialog";
import { useCopilotI18n, worded } from "../i18n";

interface ConfirmProps {
  readonly title: string;
  readonly lead: string;
  readonly action: string;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

export function Confirm({ title, lead, action, onConfirm, onClose }: ConfirmProps): JSX.Element {
  const { t } = useCopilotI18n();
  const doing = useRequest();
  return (
    <Modal label={title} onClose={onClose}>
      <form
        class="confirm"
        onSubmit={(event) => {
          event.preventDefault();
          void doing.run(onConfirm);
        }}
      >
        <h2>{title}</h2>
        <p class="confirm-lead">{lead}</p>
        <p class="cop-status is-failed" role="alert">
          {doing.problem === null
            ? ""
            : worded(t, "problem", doing.problem.temporary ? "away" : doing.problem.code, "problem.other")}
        </p>
        <footer class="confirm-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button is-danger" disabled={doing.busy} aria-busy={doing.busy}>
            {action}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
