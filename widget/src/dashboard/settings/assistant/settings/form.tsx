/** The form of the assistant's settings. Another manager may change them while it is open. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Switch } from "../../../views/parts/switch";
import { Note } from "../../parts/components";
import { Card, Field, Submit, submitting, TextField, useFieldError, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useUnsaved } from "../../parts/unsaved";
import { useRequest } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import type { Assistant } from "../../../../rest/types";
import type { AssistantApi } from "../api";
import { useAssistantI18n } from "../i18n";
import { changeOf, draftOf, faultsOf, FIELDS, type SettingsDraft } from "./draft";
import { Stale } from "./stale";

interface FormProps {
  readonly api: AssistantApi;
  readonly saved: Assistant;
  readonly onSaved: (assistant: Assistant) => void;
  readonly onStale: () => void; // another manager was faster: read it again
}

export function Form({ api, saved, onSaved, onStale }: FormProps): JSX.Element {
  const { t } = useAssistantI18n();
  const { manager } = useProject();
  const toast = useToast();
  const doing = useRequest();
  const refused = useFieldError(doing.problem);
  const [base, setBase] = useState(saved); // the version that the draft was made from
  const [draft, setDraft] = useState(() => draftOf(saved));
  const [submitted, setSubmitted] = useState(false);
  const dirty = Object.keys(changeOf(base, draft)).length > 0;
  const behind = saved.version > base.version && !doing.busy;
  const faults = faultsOf(draft);
  useUnsaved(dirty);
  const take = (theirs: Assistant): void => {
    setBase(theirs);
    setDraft(draftOf(theirs));
    doing.clear();
  };
  useEffect(() => {
    if (behind && !dirty) take(saved);
  }, [behind, dirty]);
  useEffect(() => {
    if (doing.problem?.code === "stale") onStale();
  }, [doing.problem]);
  const set = (change: Partial<SettingsDraft>): void => setDraft((now) => ({ ...now, ...change }));
  const ready = (): boolean => {
    setSubmitted(faults.size > 0);
    return faults.size === 0;
  };
  const error = (field: keyof SettingsDraft): string | null => {
    const fault = submitted ? faults.get(field) : undefined;
    return fault === undefined ? refused(field) : t(`assistant.fault.${fault}`);
  };
  const save = (version: number): void => {
    void doing.run(async () => {
      const fresh = await api.change(version, changeOf(base, draft));
      take(fresh);
      onSaved(fresh);
      toast(t("saved"));
    });
  };
  return (
    <Card title={t("assistant.answers")} lead={t("assistant.answers.lead")}>
      <form onSubmit={submitting(() => save(base.version), ready)} noValidate>
        <fieldset class="plain-fieldset" disabled={!manager}>
          <Switch
            label={t("assistant.enabled")}
            lead={t("assistant.enabled.lead")}
            on={draft.enabled}
            onChange={(enabled) => set({ enabled })}
          />
          <TextField
            label={t("assistant.name")}
            hint={t("assistant.name.hint")}
            value={draft.name}
            most={50}
            onInput={(name) => set({ name })}
            error={error("name")}
          />
          <Radios draft={draft} set={set} published={saved.published} />
          <LongText field="prompt" rows={7} draft={draft} set={set} error={error("prompt")} />
          <LongText field="fallback" rows={2} draft={draft} set={set} error={error("fallback")} />
          <Switch
            label={t("assistant.release")}
            lead={t("assistant.release.lead")}
            on={draft.release_on_reopen}
            onChange={(release_on_reopen) => set({ release_on_reopen })}
          />
          <TextField
            label={t("assistant.tokens")}
            hint={t("assistant.tokens.hint")}
            value={draft.daily_tokens}
            most={14}
            onInput={(daily_tokens) => set({ daily_tokens })}
            error={error("daily_tokens")}
          />
        </fieldset>
        {behind && dirty ? (
          <Stale
            mine={draft}
            theirs={saved}
            onTake={() => take(saved)}
            onKeep={() => (ready() ? save(saved.version) : undefined)}
          />
        ) : (
          <Wrong problem={doing.problem} besides={FIELDS} />
        )}
        {manager ? <Submit label={t("save")} busy={doing.busy} disabled={!dirty || behind} /> : null}
      </form>
    </Card>
  );
}

interface PartProps {
  readonly draft: SettingsDraft;
  readonly set: (change: Partial<SettingsDraft>) => void;
}

function LongText({
  field,
  rows,
  draft,
  set,
  error,
}: PartProps & {
  readonly field: "prompt" | "fallback";
  readonly rows: number;
  readonly error: string | null;
}): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <Field label={t(`assistant.${field}`)} hint={t(`assistant.${field}.hint`)} error={error}>
      {(given) => (
        <textarea
          {...given}
          class="input"
          rows={rows}
          maxLength={field === "prompt" ? 8_000 : 1_000}
          value={draft[field]}
          onInput={(event) => set({ [field]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}

function Radios({ draft, set, published }: PartProps & { readonly published: number | null }): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <>
      <fieldset class="radios">
        <legend>{t("assistant.mode")}</legend>
        {(["prompt", "workflow"] as const).map((mode) => (
          <Radio
            key={mode}
            name="mode"
            title={t(`assistant.mode.${mode}`)}
            lead={
              mode === "workflow" && published !== null
                ? t("assistant.mode.workflow.version", { n: published })
                : t(`assistant.mode.${mode}.lead`)
            }
            on={draft.mode === mode}
            disabled={mode === "workflow" && published === null}
            onPick={() => set({ mode })}
          />
        ))}
        {published === null ? <Note>{t("assistant.mode.unpublished")}</Note> : null}
      </fieldset>
      <fieldset class="radios">
        <legend>{t("assistant.availability")}</legend>
        {(["always", "nobody_online"] as const).map((availability) => (
          <Radio
            key={availability}
            name="availability"
            title={t(`assistant.availability.${availability}`)}
            lead={t(`assistant.availability.${availability}.lead`)}
            on={draft.availability === availability}
            onPick={() => set({ availability })}
          />
        ))}
      </fieldset>
    </>
  );
}

interface RadioProps {
  readonly name: string;
  readonly title: string;
  readonly lead: string;
  readonly on: boolean;
  readonly disabled?: boolean;
  readonly onPick: () => void;
}

function Radio({ name, title, lead, on, disabled = false, onPick }: RadioProps): JSX.Element {
  return (
    <label class="radio">
      <input type="radio" name={name} checked={on} disabled={disabled} onChange={onPick} />
      <span>
        <b>{title}</b>
        <small>{lead}</small>
      </span>
    </label>
  );
}
