/** The question before the text of a message is removed for everyone. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Message } from "../../state/model";
import type { Outcome } from "../../store/alterations";
import type { Translate } from "../../texts/i18n";
import { Modal } from "../parts/dialog";

interface RedactDialogProps {
  readonly message: Message;
  readonly t: Translate;
  readonly onRedact: () => Promise<Outcome>;
  readonly onClose: () => void;
}

export function RedactDialog({ message, t, onRedact, onClose }: RedactDialogProps): JSX.Element {
  const [state, setState] = useState<"idle" | "busy" | Outcome>("idle");
  const redact = async (): Promise<void> => {
    setState("busy");
    const outcome = await onRedact();
    if (outcome === "done") onClose();
    else setState(outcome);
  };
  return (
    <Modal label={t("remove.title")} onClose={onClose}>
      <form
        class="confirm"
        onSubmit={(event) => {
          event.preventDefault();
          void redact();
        }}
      >
        <h2>{t("remove.title")}</h2>
        <blockquote class="removed-text" dir="auto">
          {message.body}
        </blockquote>
        <p class="confirm-lead">{t(message.kind === "note" ? "remove.lead.note" : "remove.lead")}</p>
        <p class="confirm-wrong" role="alert">
          {state === "unreachable" || state === "refused" ? t(`remove.${state}`) : ""}
        </p>
        <footer class="confirm-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("edit.cancel")}
          </button>
          <button type="submit" class="button is-danger" disabled={state === "busy"} aria-busy={state === "busy"}>
            {t("remove.do")}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
