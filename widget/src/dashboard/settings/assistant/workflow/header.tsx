/** Whether the draft is saved, and the buttons that save and publish it. */

import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";

import { Confirm, When } from "../../parts/components";
import { Field, useFieldError } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import type { AssistantApi } from "../api";
import { useAssistantI18n } from "../i18n";
import { isSame } from "../model/diff";
import type { InUse } from "./in_use";
import type { Editor } from "./use_editor";

const MAX_NOTE = 500; // characters

interface HeaderProps {
  readonly editor: Editor;
  readonly api: AssistantApi;
  readonly inUse: InUse;
}

export function Header({ editor, api, inUse }: HeaderProps): JSX.Element {
  const { t } = useAssistantI18n();
  const toast = useToast();
  const [publishing, setPublishing] = useState(false);
  const why_id = useId();
  const { dirty, problems, saving, editable, theirs, state } = editor;
  const published = !dirty && inUse.published !== null && isSame(inUse.published, state.saved.workflow);
  const why = published ? "published" : whyNot(editor);
  const save = async (): Promise<void> => {
    if (await editor.save()) toast(t("flow.saved"));
  };
  return (
    <div class="flow-head">
      <p class="flow-state" role="status">
        {dirty ? (
          <span class="tag is-warn">{t("flow.unsaved")}</span>
        ) : published ? (
          <span class="tag is-good">{t("flow.version.published", { n: inUse.settings?.published ?? 0 })}</span>
        ) : (
          <span class={problems.length > 0 ? "tag is-warn" : "tag is-good"}>
            {problems.length > 0 ? t("flow.problems.n", { n: problems.length }) : t("flow.no_problems")}
          </span>
        )}{" "}
        {state.saved.changed_at === null ? null : (
          <small>
            {t("flow.changed", { who: state.saved.changed_by?.full_name ?? t("flow.someone") })}{" "}
            <When at={state.saved.changed_at} />
          </small>
        )}
      </p>
      {editable ? (
        <div class="flow-head-buttons">
          {why === null || why === "published" ? null : (
            <small class="flow-why" id={why_id}>
              {t(`flow.publish.${why}`, { n: problems.length })}
            </small>
          )}
          <button
            type="button"
            class="button"
            disabled={!dirty || saving.busy || theirs !== null}
            aria-busy={saving.busy}
            onClick={() => void save()}
          >
            {saving.busy ? <span class="spinner" /> : null}
            {t("save")}
          </button>
          <button
            type="button"
            class="button is-primary"
            disabled={why !== null || saving.busy}
            aria-describedby={why === null || why === "published" ? undefined : why_id}
            onClick={() => setPublishing(true)}
          >
            {t("flow.publish")}
          </button>
        </div>
      ) : null}
      {publishing ? (
        <Publish
          api={api}
          version={state.saved.version}
          onDone={(n) => {
            toast(t("flow.published", { n }));
            inUse.reload();
          }}
          onClose={() => setPublishing(false)}
        />
      ) : null}
    </div>
  );
}

function whyNot({ dirty, problems }: Editor): "unsaved" | "problems" | null {
  if (dirty) return "unsaved";
  return problems.length > 0 ? "problems" : null;
}

interface PublishProps {
  readonly api: AssistantApi;
  readonly version: number;
  readonly onDone: (number: number) => void;
  readonly onClose: () => void;
}

function Publish({ api, version, onDone, onClose }: PublishProps): JSX.Element {
  const { t } = useAssistantI18n();
  const [note, setNote] = useState("");
  return (
    <Confirm
      title={t("flow.publish.title")}
      lead={t("flow.publish.lead")}
      action={t("flow.publish")}
      danger={false}
      fields={["note"]}
      onClose={onClose}
      onConfirm={async () => onDone((await api.publish(version, note.trim())).number)}
    >
      {(doing) => <NoteField note={note} setNote={setNote} problem={doing.problem} />}
    </Confirm>
  );
}

interface NoteFieldProps {
  readonly note: string;
  readonly setNote: (note: string) => void;
  readonly problem: Parameters<typeof useFieldError>[0];
}

function NoteField({ note, setNote, problem }: NoteFieldProps): JSX.Element {
  const { t } = useAssistantI18n();
  const refused = useFieldError(problem);
  return (
    <Field label={t("flow.note")} hint={t("flow.note.hint")} error={refused("note")}>
      {(given) => (
        <textarea
          {...given}
          class="input"
          rows={3}
          maxLength={MAX_NOTE}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
