/** The forms of a canned response: a new one, and an edited one, which another manager may have changed meanwhile. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { CannedResponse, NewCannedResponse } from "../../../rest/types";
import type { CannedResponsesApi } from "../../canned_responses/api";
import { useSettingsI18n } from "../i18n";
import { Note } from "../parts/components";
import { Card, Field, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useToast } from "../parts/toast";
import { useUnsaved } from "../parts/unsaved";
import { type Loaded, type RequestState, useRequest } from "../parts/use_request";

type Draft = Required<NewCannedResponse>;
type List = Loaded<readonly CannedResponse[]>;

const EMPTY: Draft = { shortcut: "", content: "", category: "" };
const SHORTCUT = /^[A-Za-z0-9_-]{1,50}$/;
const FIELDS = ["shortcut", "content", "category"] as const;

export function NewForm({ api, loaded }: { readonly api: CannedResponsesApi; readonly loaded: List }): JSX.Element {
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [draft, setDraft] = useState(EMPTY);
  const form = useFields(draft, setDraft, doing);
  useUnsaved(FIELDS.some((field) => draft[field] !== ""));
  const create = (): void => {
    void doing.run(async () => {
      const made = await api.create(draft);
      loaded.set((now) => sorted([...now, made]));
      setDraft(EMPTY);
      form.reset();
      toast(t("canned.created", { shortcut: made.shortcut }));
    });
  };
  return (
    <Card title={t("canned.new")} lead={t("canned.new.lead")}>
      <form onSubmit={submitting(create, form.ready)} noValidate>
        {form.fields}
        <Wrong problem={doing.problem} besides={FIELDS} />
        <Submit label={t("canned.create")} busy={doing.busy} />
      </form>
    </Card>
  );
}

interface EditProps {
  readonly api: CannedResponsesApi;
  readonly loaded: List;
  readonly opened: CannedResponse; // as it was when the form was opened
  readonly saved: CannedResponse | null; // as the server has it now; null: it was deleted
  readonly onClose: () => void;
}

export function EditForm({ api, loaded, opened, saved, onClose }: EditProps): JSX.Element {
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [base, setBase] = useState(opened); // the version that the draft was made from
  const [draft, setDraft] = useState<Draft>(opened);
  const form = useFields(draft, setDraft, doing);
  const heading = useRef<HTMLHeadingElement>(null);
  const dirty = FIELDS.some((field) => draft[field] !== base[field]);
  useUnsaved(dirty);
  useLayoutEffect(() => heading.current?.focus(), []); // its row may be far below
  const behind = saved !== null && saved.version > base.version && !doing.busy; // while saving it may be our own
  const take = (theirs: CannedResponse): void => {
    setBase(theirs);
    setDraft(theirs);
    doing.clear();
  };
  useEffect(() => {
    if (behind && !dirty) take(saved);
  }, [behind, dirty]);
  useEffect(() => {
    if (doing.problem?.code === "stale") void loaded.reload(); // the signal was lost: their version comes now
  }, [doing.problem]);
  const save = (version: number): void => {
    void doing.run(async () => {
      const { shortcut, content, category } = draft;
      const fresh = await api.change(base.id, { version, shortcut, content, category });
      loaded.set((now) => sorted([...now.filter(({ id }) => id !== fresh.id), fresh]));
      toast(t("canned.changed", { shortcut: fresh.shortcut }));
      onClose();
    });
  };
  return (
    <form class="inset" onSubmit={submitting(() => save(base.version), form.ready)} noValidate>
      <h3 ref={heading} tabIndex={-1}>
        {t("canned.edit.of", { shortcut: base.shortcut })}
      </h3>
      {form.fields}
      {saved === null ? <Note kind="warn">{t("canned.gone")}</Note> : null}
      {behind && dirty ? (
        <Stale
          theirs={saved}
          onTake={() => take(saved)}
          onKeep={() => (form.ready() ? save(saved.version) : undefined)}
        />
      ) : (
        <Wrong problem={doing.problem} besides={FIELDS} />
      )}
      <Submit label={t("save")} busy={doing.busy} disabled={!dirty || behind || saved === null}>
        <button type="button" class="button" onClick={onClose}>
          {t("cancel")}
        </button>
      </Submit>
    </form>
  );
}

interface StaleProps {
  readonly theirs: CannedResponse;
  readonly onTake: () => void;
  readonly onKeep: () => void;
}

/** Both versions: theirs here, one's own in the fields above. */
function Stale({ theirs, onTake, onKeep }: StaleProps): JSX.Element {
  const { t } = useSettingsI18n();
  const name = theirs.changed_by?.full_name;
  return (
    <div class="wrong" role="alert">
      <Note kind="warn">
        <p>
          <b>{name === undefined ? t("canned.stale.unknown") : t("canned.stale", { name })}</b>
        </p>
        <p>{t("canned.stale.theirs")}</p>
        <p>
          <code>/{theirs.shortcut}</code> {theirs.category === "" ? null : <span class="tag">{theirs.category}</span>}
        </p>
        <p class="snippet">{theirs.content}</p>
        <div class="card-foot">
          <button type="button" class="button is-small" onClick={onKeep}>
            {t("canned.stale.keep")}
          </button>
          <button type="button" class="button is-small" onClick={onTake}>
            {t("canned.stale.take")}
          </button>
        </div>
      </Note>
    </div>
  );
}

interface Fields {
  readonly fields: JSX.Element;
  /** Call it on submit: whether the draft can be sent; else the fields show why not. */
  readonly ready: () => boolean;
  readonly reset: () => void;
}

function useFields(draft: Draft, setDraft: (draft: Draft) => void, doing: RequestState): Fields {
  const { t } = useSettingsI18n();
  const [submitted, setSubmitted] = useState(false);
  const wrong = useFieldError(doing.problem);
  const set = (field: keyof Draft) => (value: string) => setDraft({ ...draft, [field]: value });
  const shortcut = SHORTCUT.test(draft.shortcut) ? null : t("wrong.shortcut");
  const content = draft.content.trim() === "" ? t("wrong.required") : null;
  const fields = (
    <>
      <TextField
        label={t("canned.shortcut")}
        value={draft.shortcut}
        onInput={set("shortcut")}
        most={50}
        code
        error={(submitted ? shortcut : null) ?? wrong("shortcut")}
        hint={t("canned.shortcut.hint")}
      />
      <Field
        label={t("canned.content")}
        error={(submitted ? content : null) ?? wrong("content")}
        hint={t("canned.content.hint")}
      >
        {(given) => (
          <textarea
            {...given}
            class="input"
            rows={4}
            maxLength={5_000}
            value={draft.content}
            onInput={(event) => set("content")(event.currentTarget.value)}
          />
        )}
      </Field>
      <TextField
        label={t("canned.category")}
        value={draft.category}
        onInput={set("category")}
        most={50}
        error={wrong("category")}
        hint={t("canned.category.hint")}
      />
    </>
  );
  const ready = (): boolean => {
    setSubmitted(shortcut !== null || content !== null);
    return shortcut === null && content === null;
  };
  return { fields, ready, reset: () => setSubmitted(false) };
}

/** In the order of the server: by shortcut, ignoring case. */
function sorted(responses: readonly CannedResponse[]): readonly CannedResponse[] {
  const key = ({ shortcut }: CannedResponse): string => shortcut.toLowerCase();
  return [...responses].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}
