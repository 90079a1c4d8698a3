/** Asks before a visitor is blocked, and why. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useRequest } from "../settings/parts/use_request";
import type { I18n } from "../views/hooks";
import { Modal } from "../views/parts/dialog";

const MOST = 200; // characters

interface BlockDialogProps {
  readonly name: string;
  readonly i18n: I18n;
  readonly onBlock: (reason: string) => Promise<void>;
  readonly onClose: () => void;
}

export function BlockDialog({ name, i18n: { t }, onBlock, onClose }: BlockDialogProps): JSX.Element {
  const doing = useRequest();
  const [reason, setReason] = useState("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await doing.run(() => onBlock(reason.trim()))) onClose();
  };
  const title = t("visitor.block.of", { name });
  return (
    <Modal label={title} onClose={onClose}>
      <form class="confirm" onSubmit={(event) => void submit(event)} noValidate>
        <h2>{title}</h2>
        <div class="confirm-lead">{t("visitor.block.lead")}</div>
        <label class="who-reason">
          <span>{t("visitor.reason")}</span>
          <input
            class="input"
            type="text"
            maxLength={MOST}
            value={reason}
            autocomplete="off"
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {doing.problem === null ? null : (
          <p class="who-problem" role="alert">
            {t(doing.problem.code === "too_many" ? "visitor.full" : "visitor.failed")}
          </p>
        )}
        <footer class="confirm-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("visitor.cancel")}
          </button>
          <button type="submit" class="button is-danger" disabled={doing.busy} aria-busy={doing.busy}>
            {t("visitor.block.now")}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
