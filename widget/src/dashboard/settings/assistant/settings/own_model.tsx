/** A model of the project's own, in place of the operator's: its address, key and temperature, and a test. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Confirm, Note, Shown } from "../../parts/components";
import { Card, Submit, submitting, TextField, useFieldError, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useUnsaved } from "../../parts/unsaved";
import { useLoaded, useRequest } from "../../parts/use_request";
import type { OwnProvider, ProviderTrial } from "../../../../rest/types";
import type { AssistantApi } from "../api";
import { useAssistantI18n } from "../i18n";
import { draftOf, faultsOf, FIELDS, inputOf, isChanged, type OwnModelDraft } from "./own_model_draft";
import { Trial } from "./own_model_trial";

interface OwnModelProps {
  readonly api: AssistantApi;
  readonly onChanged: () => void; // another provider answers now
}

export function OwnModel({ api, onChanged }: OwnModelProps): JSX.Element {
  const { t } = useAssistantI18n();
  const loaded = useLoaded(() => api.ownModel(), [api]);
  return (
    <Card title={t("own_model")} lead={t("own_model.lead")}>
      <Shown of={loaded}>
        {(saved) => (
          <Form
            api={api}
            saved={saved}
            onSaved={(fresh) => {
              loaded.set(fresh);
              onChanged();
            }}
            onStale={() => void loaded.reload()}
          />
        )}
      </Shown>
    </Card>
  );
}

interface FormProps {
  readonly api: AssistantApi;
  readonly saved: OwnProvider;
  readonly onSaved: (fresh: OwnProvider) => void;
  readonly onStale: () => void;
}

const NONE: OwnProvider = { base_url: "", model: "", temperature: null, has_key: false, version: 0 };

function Form({ api, saved, onSaved, onStale }: FormProps): JSX.Element {
  const { t } = useAssistantI18n();
  const toast = useToast();
  const doing = useRequest();
  const trying = useRequest();
  const [base, setBase] = useState(saved);
  const [draft, setDraft] = useState(() => draftOf(saved));
  const [submitted, setSubmitted] = useState(false);
  const [trial, setTrial] = useState<ProviderTrial | null>(null);
  const [removing, setRemoving] = useState(false);
  const dirty = isChanged(base, draft);
  const behind = saved.version !== base.version && !doing.busy;
  useUnsaved(dirty);
  const take = (theirs: OwnProvider): void => {
    setBase(theirs);
    setDraft(draftOf(theirs));
    setSubmitted(false);
    setTrial(null);
    doing.clear();
  };
  useEffect(() => {
    if (behind && !dirty) take(saved);
  }, [behind, dirty]);
  useEffect(() => {
    if (doing.problem?.code === "stale") onStale();
  }, [doing.problem]);
  const save = (): void => {
    void doing.run(async () => {
      const fresh = await api.setOwnModel(inputOf(base.version, draft));
      take(fresh);
      onSaved(fresh);
      toast(t("saved"));
    });
  };
  const ready = (): boolean => {
    setSubmitted(true);
    return faultsOf(draft).size === 0;
  };
  const test = (): void => {
    setTrial(null);
    void trying.run(async () => setTrial(await api.tryOwnModel()));
  };
  return (
    <form onSubmit={submitting(save, ready)} noValidate>
      <Fields saved={base} draft={draft} submitted={submitted} doing={doing} onDraft={setDraft} />
      {behind && dirty ? (
        <Note kind="warn">
          <p>{t("own_model.stale")}</p>
          <button type="button" class="button is-small" onClick={() => take(saved)}>
            {t("assistant.stale.take")}
          </button>
        </Note>
      ) : (
        <Wrong problem={doing.problem ?? trying.problem} besides={FIELDS} />
      )}
      <Trial trial={trial} busy={trying.busy} />
      <Submit label={t("own_model.save")} busy={doing.busy} disabled={!dirty || behind}>
        {base.version === 0 ? null : (
          <>
            <button type="button" class="button" disabled={dirty || trying.busy} onClick={test}>
              {t("own_model.test")}
            </button>
            <button type="button" class="button is-danger" onClick={() => setRemoving(true)}>
              {t("own_model.remove")}
            </button>
          </>
        )}
      </Submit>
      {removing ? (
        <Confirm
          title={t("own_model.remove.title")}
          lead={t("own_model.remove.lead")}
          action={t("own_model.remove")}
          onConfirm={async () => {
            await api.removeOwnModel();
            take(NONE);
            onSaved(NONE);
          }}
          onClose={() => setRemoving(false)}
        />
      ) : null}
    </form>
  );
}

interface FieldsProps {
  readonly saved: OwnProvider;
  readonly draft: OwnModelDraft;
  readonly submitted: boolean;
  readonly doing: ReturnType<typeof useRequest>;
  readonly onDraft: (draft: OwnModelDraft) => void;
}

function Fields({ saved, draft, submitted, doing, onDraft }: FieldsProps): JSX.Element {
  const { t } = useAssistantI18n();
  const refused = useFieldError(doing.problem);
  const faults = faultsOf(draft);
  const set = (change: Partial<OwnModelDraft>): void => onDraft({ ...draft, ...change });
  const error = (field: (typeof FIELDS)[number]): string | null => {
    const fault = submitted ? faults.get(field) : undefined;
    if (fault !== undefined) return t(`own_model.fault.${fault}`);
    const codes = doing.problem?.errors.filter((one) => one.field === field).map(({ code }) => code) ?? [];
    if (codes.includes("not_allowed")) return t("own_model.fault.address");
    return field === "key" && codes.includes("required") ? t("own_model.fault.key") : refused(field);
  };
  return (
    <>
      <TextField
        label={t("own_model.url")}
        hint={t("own_model.url.hint")}
        value={draft.base_url}
        most={300}
        code
        placeholder="https://api.example.com/v1"
        onInput={(base_url) => set({ base_url })}
        error={error("base_url")}
      />
      <TextField
        label={t("own_model.model")}
        value={draft.model}
        most={200}
        code
        onInput={(model) => set({ model })}
        error={error("model")}
      />
      <TextField
        label={t("own_model.temperature")}
        hint={t("own_model.temperature.hint")}
        value={draft.temperature}
        most={8}
        code
        onInput={(temperature) => set({ temperature })}
        error={error("temperature")}
      />
      <TextField
        label={t("own_model.key")}
        hint={t(saved.has_key ? "own_model.key.set" : "own_model.key.hint")}
        value={draft.key}
        most={4_096}
        code
        disabled={draft.forget}
        onInput={(key) => set({ key })}
        error={error("key")}
      />
      {saved.has_key ? (
        <label class="radio">
          <input
            type="checkbox"
            checked={draft.forget}
            onChange={(event) => set({ forget: event.currentTarget.checked, key: "" })}
          />
          <span>{t("own_model.key.forget")}</span>
        </label>
      ) : null}
    </>
  );
}
