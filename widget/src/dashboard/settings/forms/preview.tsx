/** The live preview beside the builder: the form as the visitor will see it. */

import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";

import type { Draft } from "../../../forms/fields";
import { Inputs } from "../../../forms/inputs";
import { useSettingsI18n } from "../i18n";
import { fieldOf, type TemplateDraft } from "./draft";

export function Preview({ template }: { readonly template: TemplateDraft }): JSX.Element {
  const { t } = useSettingsI18n();
  const id = useId();
  const [entered, setEntered] = useState<Draft>({});
  const fields = template.fields.map((draft) => {
    const field = { ...fieldOf(draft), key: String(draft.id) }; // while it is edited, two fields may have one key
    return field.label === "" ? { ...field, label: t("forms.preview.label") } : field;
  });
  return (
    <aside class="form-preview" aria-labelledby={id}>
      <h3 id={id}>{t("forms.preview")}</h3>
      <div class="form-preview-card">
        <b dir="auto">{template.name.trim() === "" ? t("forms.preview.name") : template.name}</b>
        {template.description.trim() === "" ? null : <p dir="auto">{template.description}</p>}
        <Inputs
          id={id}
          fields={fields}
          draft={entered}
          errors={{}}
          texts={{ choose: t("forms.choose"), required: t("forms.required.one") }}
          onEnter={(key, value) => setEntered((before) => ({ ...before, [key]: value }))}
        />
        <span class="button is-primary" aria-hidden="true">
          {t("forms.preview.send")}
        </span>
      </div>
    </aside>
  );
}
