/** Why the assistant handed the conversation over, and what had happened until then. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { ConversationAssistant } from "../../rest/types";
import type { Conversation } from "../state/model";
import { Icon } from "../views/parts/icons";
import { useAssistantI18n } from "./i18n";

export type Loaded = ConversationAssistant | "loading" | "failed";

interface HandoverProps {
  readonly row: Conversation;
  readonly about: Loaded;
  readonly onRetry: () => void;
}

export function Handover({ row, about, onRetry }: HandoverProps): JSX.Element {
  const { t } = useAssistantI18n();
  const answered = row.last_message?.author.party === "agent"; // then it is out of the way
  const [open] = useState(!answered);
  const known = typeof about === "string" ? null : about;
  return (
    <details class="handover" open={open}>
      <summary>
        <Icon name="assistant" size={16} />
        <b>{t("handover.title")}</b>
        {known !== null && known.handoff_reason !== "" ? <bdi>{known.handoff_reason}</bdi> : null}
      </summary>
      {about === "loading" ? <p>{t("handover.loading")}</p> : null}
      {about === "failed" ? (
        <p role="alert">
          {t("handover.failed")}{" "}
          <button type="button" class="link" onClick={onRetry}>
            {t("retry")}
          </button>
        </p>
      ) : null}
      {known !== null && known.brief !== "" ? (
        <>
          <h3>{t("handover.brief")}</h3>
          <p dir="auto">{known.brief}</p>
        </>
      ) : null}
    </details>
  );
}
