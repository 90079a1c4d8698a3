/** Shown instead of the composer when the conversation has ended: its visitor has a newer one. */

import type { JSX } from "preact";

import type { Conversation } from "../../state/model";
import { byRecency } from "../../state/select";
import { Icon } from "../parts/icons";
import { useInboxState, useWorkspace, type I18n } from "../hooks";

interface EndedProps {
  readonly row: Conversation;
  readonly i18n: I18n;
}

export function Ended({ row, i18n: { t } }: EndedProps): JSX.Element {
  const { go } = useWorkspace();
  const { entries } = useInboxState();
  const newer = [...entries.values()]
    .map((one) => one.conversation)
    .filter((one) => one.visitor.id === row.visitor.id && one.ended !== true)
    .sort(byRecency)[0];
  return (
    <div class="ended" role="note">
      <Icon name="lock" size={16} />
      <p>
        <b>{t("ended.title")}</b> {t("ended.lead")}
      </p>
      {newer === undefined ? null : (
        <button type="button" class="button is-small" onClick={() => go.open(newer.id)}>
          {t("ended.go")}
        </button>
      )}
    </div>
  );
}
