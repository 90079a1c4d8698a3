/** One note: its text with mentions; its author edits it, the author or a manager deletes it. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { VisitorNote } from "../../rest/types";
import { MentionText } from "../mentions/mention_text";
import { useRequest } from "../settings/parts/use_request";
import { ago, exactly } from "../state/times";
import { useI18n, useNow, useWorkspace } from "../views/hooks";
import { timeTexts } from "../views/parts/components";
import { Modal } from "../views/parts/dialog";
import type { VisitorNotesApi } from "./api";
import { NoteField, type NoteDraft, sentence, sent } from "./field";
import { useNotesI18n } from "./i18n";

interface ItemProps {
  readonly note: VisitorNote;
  readonly api: VisitorNotesApi;
  readonly onSaved: (note: VisitorNote) => void;
  readonly onDeleted: () => void;
  readonly onStale: () => Promise<void>; // loads the saved version
}

export function NoteItem({ note, api, onSaved, onDeleted, onStale }: ItemProps): JSX.Element {
  const { user, project } = useWorkspace();
  const { t, language } = useNotesI18n();
  const { t: common } = useI18n();
  const now = useNow(60_000);
  const [editing, setEditing] = useState<VisitorNote | null>(null); // as it was when the form was opened
  const [deleting, setDeleting] = useState(false);
  const edit = useRef<HTMLButtonElement>(null);
  const mine = note.author?.id === user.id;
  const name = note.author?.full_name ?? t("note.author.gone");
  const close = (): void => {
    setEditing(null);
    requestAnimationFrame(() => edit.current?.focus()); // once it is drawn again
  };
  return (
    <li class="note-item">
      <p class="note-by">
        <b>
          <bdi>{name}</bdi>
        </b>{" "}
        <time title={exactly(note.created_at, language)}>{ago(note.created_at, now, language, timeTexts(common))}</time>
        {note.edited_at === null ? null : <span title={exactly(note.edited_at, language)}> · {t("note.edited")}</span>}
      </p>
      {editing === null ? (
        <p class="note-text" dir="auto">
          <MentionText text={note.text} mentions={note.mentions} />
        </p>
      ) : (
        <EditNote
          api={api}
          opened={editing}
          saved={note}
          onClose={close}
          onStale={onStale}
          onSaved={(fresh) => {
            onSaved(fresh);
            close();
          }}
        />
      )}
      {editing !== null || !(mine || project.role === "manager") ? null : (
        <p class="note-actions">
          {mine ? (
            <button
              type="button"
              class="link"
              ref={edit}
              aria-label={t("note.edit.of", { name })}
              onClick={() => setEditing(note)}
            >
              {t("note.edit")}
            </button>
          ) : null}
          <button
            type="button"
            class="link"
            aria-label={t("note.delete.of", { name })}
            onClick={() => setDeleting(true)}
          >
            {t("note.delete")}
          </button>
        </p>
      )}
      {deleting ? (
        <DeleteNote
          onClose={() => setDeleting(false)}
          remove={async () => {
            await api.delete(note.id);
            setDeleting(false);
            onDeleted();
          }}
        />
      ) : null}
    </li>
  );
}

interface EditProps {
  readonly api: VisitorNotesApi;
  readonly opened: VisitorNote;
  readonly saved: VisitorNote; // as the server has it now
  readonly onSaved: (note: VisitorNote) => void;
  readonly onClose: () => void;
  readonly onStale: () => Promise<void>;
}

function EditNote({ api, opened, saved, onSaved, onClose, onStale }: EditProps): JSX.Element {
  const { t } = useNotesI18n();
  const doing = useRequest();
  const [base, setBase] = useState(opened); // the version that the draft was made from
  const [draft, setDraft] = useState<NoteDraft>(opened);
  const behind = saved.version > base.version && !doing.busy; // while saving it may be our own
  const dirty = draft.text !== base.text;
  const take = (theirs: VisitorNote): void => {
    setBase(theirs);
    setDraft(theirs);
    doing.clear();
  };
  useEffect(() => {
    if (behind && !dirty) take(saved);
  }, [behind, dirty]);
  useEffect(() => {
    if (doing.problem?.code === "stale") void onStale(); // the signal was lost: the saved version comes now
  }, [doing.problem]);
  const save = (version: number): void => {
    void doing.run(async () => onSaved(await api.change(opened.id, { version, ...sent(draft) })));
  };
  const stale = behind && dirty;
  return (
    <NoteField
      id={`note-${opened.id}`}
      label={t("note.text")}
      draft={draft}
      busy={doing.busy}
      problem={stale || doing.problem?.code === "stale" ? null : doing.problem}
      action={t("note.save")}
      focus
      disabled={!dirty || stale}
      onDraft={setDraft}
      onSave={() => save(base.version)}
      onCancel={onClose}
    >
      {stale ? (
        <div class="note-stale" role="alert">
          <p>
            <b>{t("note.stale")}</b>
          </p>
          <p>{t("note.stale.theirs")}</p>
          <p class="note-text" dir="auto">
            {saved.text}
          </p>
          <button type="button" class="button is-small" onClick={() => save(saved.version)}>
            {t("note.stale.keep")}
          </button>
          <button type="button" class="button is-small" onClick={() => take(saved)}>
            {t("note.stale.take")}
          </button>
        </div>
      ) : null}
    </NoteField>
  );
}

interface DeleteProps {
  readonly remove: () => Promise<void>;
  readonly onClose: () => void;
}

function DeleteNote({ remove, onClose }: DeleteProps): JSX.Element {
  const { t } = useNotesI18n();
  const doing = useRequest();
  return (
    <Modal label={t("note.delete.sure")} onClose={onClose}>
      <div class="confirm">
        <h2>{t("note.delete.sure")}</h2>
        <p class="confirm-lead">{t("note.delete.lead")}</p>
        {doing.problem === null ? null : (
          <p class="note-problem" role="alert">
            {sentence(doing.problem, t)}
          </p>
        )}
        <div class="confirm-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("note.cancel")}
          </button>
          <button type="button" class="button is-danger" disabled={doing.busy} onClick={() => void doing.run(remove)}>
            {t("note.delete")}
          </button>
        </div>
      </div>
    </Modal>
  );
}
