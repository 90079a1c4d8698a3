/** The builder of a form template: a new one, or a saved one, which another manager may have changed meanwhile. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";

import type { FormTemplate } from "../../../rest/types";
import type { FormsApi } from "../../forms/api";
import type { Problem } from "../../rest/api";
import { Icon } from "../../views/parts/icons";
import { Switch } from "../../views/parts/switch";
import { useSettingsI18n } from "../i18n";
import { Note } from "../parts/components";
import { Field, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/unsaved";
import { useRequest } from "../parts/use_request";
import { draftOf, EMPTY, faultsOf, isSame, reduce, templateOf } from "./draft";
import { FieldsEditor } from "./fields_editor";
import { Preview } from "./preview";
import { Stale } from "./stale";

interface EditorProps {
  readonly api: FormsApi;
  readonly opened: FormTemplate | null; // as it was when the builder was opened; null: a new one
  readonly saved: FormTemplate | null; // as the server has it now; null: new, or deleted meanwhile
  readonly onSaved: (template: FormTemplate) => void;
  readonly onClose: () => void;
  readonly onStale: () => void; // the signal of a change was lost
}

export function Editor({ api, opened, saved, onSaved, onClose, onStale }: EditorProps): JSX.Element {
  const { t } = useSettingsI18n();
  const doing = useRequest();
  const [base, setBase] = useState(opened); // the version that the draft was made from
  const [draft, dispatch] = useReducer(reduce, opened === null ? EMPTY : draftOf(opened));
  // Where a submit found a fault: what is new since then is not wrong before somebody has filled it in.
  const [found, setFound] = useState<ReadonlySet<string>>(new Set());
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useMemo(() => (base === null ? EMPTY : draftOf(base)), [base]);
  const dirty = !isSame(draft, before);
  const faults = faultsOf(draft);
  const refused = useFieldError(doing.problem);
  useUnsaved(dirty);
  useLayoutEffect(() => heading.current?.focus(), []);
  const gone = base !== null && saved === null;
  const behind = base !== null && saved !== null && saved.version > base.version && !doing.busy;
  const take = (theirs: FormTemplate): void => {
    setBase(theirs);
    dispatch({ type: "replace", draft: draftOf(theirs) });
    doing.clear();
  };
  useEffect(() => {
    if (behind && !dirty && saved !== null) take(saved);
  }, [behind, dirty]);
  useEffect(() => {
    if (doing.problem?.code === "stale") onStale();
  }, [doing.problem]);

  const error = (place: string): string | null => {
    const fault = found.has(place) ? faults.get(place) : undefined;
    if (fault !== undefined) return t(`forms.fault.${fault}`);
    const [kind = "", id = ""] = place.split(" ");
    if (id === "") return isTaken(doing.problem, kind) ? t(`forms.taken.${kind as "name"}`) : refused(kind);
    const index = draft.fields.findIndex((field) => String(field.id) === id);
    return doing.problem?.errors.some(({ field }) => field === `fields[${index}].${kind}`) === true
      ? refused(`fields[${index}].${kind}`)
      : null;
  };
  const taken_pre_chat = error("pre_chat");
  const ready = (): boolean => {
    setFound(new Set(faults.keys()));
    return faults.size === 0;
  };
  const save = (version: number | null): void => {
    void doing.run(async () => {
      const template = templateOf(draft);
      onSaved(
        base === null || version === null
          ? await api.create(template)
          : await api.change(base.id, { ...template, version }),
      );
    });
  };
  return (
    <div class="form-builder">
      <form class="inset" onSubmit={submitting(() => save(base?.version ?? null), ready)} noValidate>
        <h3 ref={heading} tabIndex={-1}>
          {base === null ? t("forms.new") : t("forms.edit.of", { name: base.name })}
        </h3>
        <TextField
          label={t("forms.name")}
          value={draft.name}
          onInput={(name) => dispatch({ type: "set", change: { name } })}
          most={100}
          error={error("name")}
        />
        <Field label={t("forms.description")} hint={t("forms.description.hint")} error={error("description")}>
          {(given) => (
            <textarea
              {...given}
              class="input"
              rows={2}
              maxLength={500}
              value={draft.description}
              onInput={(event) => dispatch({ type: "set", change: { description: event.currentTarget.value } })}
            />
          )}
        </Field>
        <FieldsEditor fields={draft.fields} error={error} dispatch={dispatch} />
        <div>
          <Switch
            label={t("forms.enabled")}
            lead={t("forms.enabled.lead")}
            on={draft.enabled}
            onChange={(enabled) => dispatch({ type: "set", change: { enabled } })}
          />
          <Switch
            label={t("forms.pre_chat")}
            lead={t("forms.pre_chat.lead")}
            on={draft.pre_chat}
            onChange={(pre_chat) => dispatch({ type: "set", change: { pre_chat } })}
          />
          {taken_pre_chat === null ? null : (
            <p class="setting-error" role="alert">
              <Icon name="alert" size={14} />
              {taken_pre_chat}
            </p>
          )}
        </div>
        {gone ? <Note kind="warn">{t("forms.gone")}</Note> : null}
        {behind && dirty && saved !== null ? (
          <Stale theirs={saved} onTake={() => take(saved)} onKeep={() => (ready() ? save(saved.version) : undefined)} />
        ) : (
          <Wrong problem={doing.problem} besides={["name", "description", "fields", "pre_chat"]} />
        )}
        <Submit
          label={t(base === null ? "forms.create" : "save")}
          busy={doing.busy}
          disabled={base !== null && (!dirty || behind || gone)}
        >
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
        </Submit>
      </form>
      <Preview template={draft} />
    </div>
  );
}

/** Whether another template has the name, or the place before the chat. */
export function isTaken(problem: Problem | null, field: string): boolean {
  return problem?.errors.some((error) => error.field === field && error.code === "taken") ?? false;
}
