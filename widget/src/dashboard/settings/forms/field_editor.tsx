/** One field in the builder: label, type, key, required, options, and how it is moved and removed. */

import type { JSX } from "preact";

import { type FieldType, TYPES } from "../../../forms/fields";
import { Icon } from "../../views/parts/icons";
import { useSettingsI18n } from "../i18n";
import { Field, SelectField, TextField } from "../parts/forms";
import { type Action, type FieldDraft, hasOptions } from "./draft";

interface FieldEditorProps {
  readonly field: FieldDraft;
  readonly index: number;
  readonly count: number;
  readonly error: (place: "label" | "key" | "options") => string | null;
  readonly dispatch: (action: Action) => void;
  readonly onMove: (to: number) => void;
  readonly onRemove: () => void;
  readonly onGrab: (event: PointerEvent) => void;
}

export function FieldEditor(props: FieldEditorProps): JSX.Element {
  const { field, index, count, error, dispatch, onMove, onRemove, onGrab } = props;
  const { t } = useSettingsI18n();
  const edit = (change: Partial<Omit<FieldDraft, "id">>): void => dispatch({ type: "edit", id: field.id, change });
  const name = field.label.trim() === "" ? t("forms.field.n", { n: index + 1 }) : field.label;
  return (
    <fieldset
      class="builder-field"
      aria-label={name}
      onKeyDown={(event) => {
        if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
        event.preventDefault();
        onMove(event.key === "ArrowUp" ? index - 1 : index + 1);
      }}
    >
      <div class="builder-tools">
        <button
          type="button"
          class="icon-button builder-grip"
          data-grip={field.id}
          aria-label={t("forms.move.of", { name, n: index + 1, count })}
          aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
          title={t("forms.move")}
          onPointerDown={onGrab}
        >
          <Icon name="grip" />
        </button>
        <span class="builder-n" aria-hidden="true">
          {index + 1}
        </span>
        <button
          type="button"
          class="icon-button"
          aria-label={t("forms.up.of", { name })}
          disabled={index === 0}
          onClick={() => onMove(index - 1)}
        >
          <Icon name="up" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t("forms.down.of", { name })}
          disabled={index === count - 1}
          onClick={() => onMove(index + 1)}
        >
          <Icon name="down" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t("forms.remove.of", { name })}
          disabled={count === 1}
          onClick={onRemove}
        >
          <Icon name="close" />
        </button>
      </div>
      <TextField
        label={t("forms.label")}
        value={field.label}
        onInput={(label) => edit({ label })}
        most={200}
        error={error("label")}
      />
      <div class="builder-pair">
        <SelectField<FieldType>
          label={t("forms.type")}
          value={field.type}
          choices={TYPES.map((type) => [type, t(`forms.type.${type}`)] as const)}
          onPick={(type) => edit({ type })}
        />
        <TextField
          label={t("forms.key")}
          value={field.key}
          onInput={(key) => edit({ key })}
          most={40}
          code
          error={error("key")}
        />
      </div>
      {hasOptions(field.type) ? (
        <Field label={t("forms.options")} hint={t("forms.options.hint")} error={error("options")}>
          {(given) => (
            <textarea
              {...given}
              class="input"
              rows={4}
              value={field.options}
              onInput={(event) => edit({ options: event.currentTarget.value })}
            />
          )}
        </Field>
      ) : null}
      <label class="builder-required">
        <input
          type="checkbox"
          checked={field.required}
          onChange={(event) => edit({ required: event.currentTarget.checked })}
        />
        {t(field.type === "boolean" ? "forms.required.boolean" : "forms.required")}
      </label>
    </fieldset>
  );
}
