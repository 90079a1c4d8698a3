/** What another manager has changed in the settings of the assistant meanwhile. */

import type { JSX } from "preact";

import { Note } from "../../parts/components";
import type { Assistant } from "../../../../rest/types";
import { useAssistantI18n, worded } from "../i18n";
import { draftOf, FIELDS, type SettingsDraft } from "./draft";

interface StaleProps {
  readonly mine: SettingsDraft;
  readonly theirs: Assistant;
  readonly onTake: () => void;
  readonly onKeep: () => void;
}

export function Stale({ mine, theirs, onTake, onKeep }: StaleProps): JSX.Element {
  const { t } = useAssistantI18n();
  const their_draft = draftOf(theirs);
  const shown = (field: keyof SettingsDraft, value: string | boolean): string => {
    if (typeof value === "boolean") return t(value ? "assistant.on" : "assistant.off");
    return field === "mode" || field === "availability" ? worded(t, `assistant.${field}`, value) : value;
  };
  const LABELS = {
    enabled: "assistant.enabled",
    mode: "assistant.mode",
    availability: "assistant.availability",
    name: "assistant.name",
    prompt: "assistant.prompt",
    fallback: "assistant.fallback",
    release_on_reopen: "assistant.release",
    daily_tokens: "assistant.tokens",
  } as const;
  return (
    <div class="wrong" role="alert">
      <Note kind="warn">
        <p>
          <b>{t("assistant.stale")}</b>
        </p>
        <ul class="differences">
          {FIELDS.filter((field) => their_draft[field] !== mine[field]).map((field) => (
            <li key={field}>
              {t(LABELS[field])}: “{shown(field, their_draft[field])}”
            </li>
          ))}
        </ul>
        <div class="card-foot">
          <button type="button" class="button is-small" onClick={onKeep}>
            {t("assistant.stale.keep")}
          </button>
          <button type="button" class="button is-small" onClick={onTake}>
            {t("assistant.stale.take")}
          </button>
        </div>
      </Note>
    </div>
  );
}
