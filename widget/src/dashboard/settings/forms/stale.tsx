/** Both versions of a template that another manager has changed: theirs here, one's own in the builder. */

import type { JSX } from "preact";

import type { FormTemplate } from "../../../rest/types";
import { useSettingsI18n, isKey } from "../i18n";
import { Note } from "../parts/components";

interface StaleProps {
  readonly theirs: FormTemplate;
  readonly onTake: () => void;
  readonly onKeep: () => void;
}

export function Stale({ theirs, onTake, onKeep }: StaleProps): JSX.Element {
  const { t } = useSettingsI18n();
  const typeOf = (type: string): string => {
    const key = `forms.type.${type}`;
    return isKey(key) ? t(key) : type;
  };
  return (
    <div class="wrong" role="alert">
      <Note kind="warn">
        <p>
          <b>{t("forms.stale")}</b>
        </p>
        <p>{t("forms.stale.theirs")}</p>
        <p>
          <b>{theirs.name}</b> {theirs.enabled ? null : <span class="tag">{t("forms.disabled")}</span>}{" "}
          {theirs.pre_chat ? <span class="tag">{t("forms.pre_chat.tag")}</span> : null}
        </p>
        {theirs.description === "" ? null : <p class="snippet">{theirs.description}</p>}
        <ol class="differences">
          {theirs.fields.map((field) => (
            <li key={field.key}>
              {field.label}
              {field.required ? " *" : ""} ({typeOf(field.type)}
              {(field.options ?? []).length > 0 ? `: ${(field.options ?? []).join(", ")}` : ""})
            </li>
          ))}
        </ol>
        <div class="card-foot">
          <button type="button" class="button is-small" onClick={onKeep}>
            {t("forms.stale.keep")}
          </button>
          <button type="button" class="button is-small" onClick={onTake}>
            {t("forms.stale.take")}
          </button>
        </div>
      </Note>
    </div>
  );
}
