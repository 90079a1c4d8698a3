/** A filled form in the timeline: each answer can be copied; agents correct and delete. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { FormField, Values } from "../../forms/fields";
import type { FormAnswer } from "../../forms/request";
import { shown } from "../../forms/text";
import type { Problem } from "../rest/api";
import { useRequest } from "../settings/parts/use_request";
import { copyText } from "../store/clipboard";
import { Modal } from "../views/parts/dialog";
import { Icon } from "../views/parts/icons";
import { AnswerDialog } from "./answer_dialog";
import { sentence, useFormI18n } from "./i18n";
import { fieldsOf, readable } from "./shown";
import { useFormsApi } from "./use_forms";

const COPIED_DURATION = 2_500; // ms

interface AnswerCardProps {
  readonly conversation: string;
  readonly id: string; // of the message
  readonly answer: FormAnswer;
  readonly asked: readonly FormField[] | null; // the fields of the request, if it is loaded
  readonly mine: boolean; // the agent may correct and delete it
}

export function AnswerCard({ conversation, id, answer, asked, mine }: AnswerCardProps): JSX.Element {
  const { t } = useFormI18n();
  const api = useFormsApi();
  const [editing, setEditing] = useState<FormAnswer | null>(null); // as it was when the dialog was opened
  const [known, setKnown] = useState<readonly FormField[]>(asked ?? []);
  const [deleting, setDeleting] = useState(false);
  const edit = async (): Promise<void> => {
    // The answer has no types of its own. A template that was deleted meanwhile is no obstacle.
    const templates = asked === null ? await api.templates().catch(() => []) : [];
    setKnown(asked ?? templates.find((one) => one.id === answer.template)?.fields ?? []);
    setEditing(answer);
  };
  return (
    <div class="form-shown">
      <p class="form-shown-name">
        <Icon name="form" size={16} />
        <b>
          <bdi>{t("answers", { name: answer.name })}</bdi>
        </b>
        {answer.version > 1 && !answer.removed ? <small>({t("answers.edited")})</small> : null}
      </p>
      {answer.removed ? (
        <p class="form-shown-lead">{t("answers.removed")}</p>
      ) : (
        <>
          <Answers answer={answer} known={asked ?? []} />
          {mine ? (
            <p class="form-shown-foot">
              <button type="button" class="link" onClick={() => void edit()}>
                {t("answers.edit")}
              </button>
              <button type="button" class="link" onClick={() => setDeleting(true)}>
                {t("answers.delete")}
              </button>
            </p>
          ) : null}
        </>
      )}
      {editing === null ? null : (
        <EditDialog
          conversation={conversation}
          id={id}
          opened={editing}
          saved={answer}
          known={known}
          onClose={() => setEditing(null)}
        />
      )}
      {deleting ? (
        <DeleteDialog onDelete={() => api.remove(conversation, id)} onClose={() => setDeleting(false)} />
      ) : null}
    </div>
  );
}

/** The answers as a definition list. */
function Answers({
  answer,
  known,
}: {
  readonly answer: FormAnswer;
  readonly known: readonly FormField[];
}): JSX.Element {
  const { t, language } = useFormI18n();
  return (
    <dl class="form-answers">
      {answer.values.map(({ key, label, value }) => (
        <div key={key}>
          <dt>
            <bdi>{label}</bdi>
          </dt>
          <dd>
            <bdi>{readable(value, known.find((one) => one.key === key)?.type, language, t)}</bdi>
            {value === null || typeof value === "boolean" ? null : <Copy text={shown(value)} label={label} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Copy({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const { t } = useFormI18n();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_DURATION);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      class="icon-button form-copy"
      aria-label={copied ? t("copied") : t("copy", { label })}
      title={copied ? t("copied") : t("copy", { label })}
      onClick={() => void copyText(text).then(setCopied)}
    >
      <Icon name={copied ? "check" : "copy"} size={15} />
    </button>
  );
}

interface EditDialogProps {
  readonly conversation: string;
  readonly id: string;
  readonly opened: FormAnswer;
  readonly saved: FormAnswer; // as it is now
  readonly known: readonly FormField[];
  readonly onClose: () => void;
}

function EditDialog({ conversation, id, opened, saved, known, onClose }: EditDialogProps): JSX.Element {
  const { t } = useFormI18n();
  const api = useFormsApi();
  const behind = saved.version > opened.version;
  const [replaced, setReplaced] = useState(opened.version); // the version that saving replaces
  const stale = (problem: Problem | null): boolean => behind && (replaced < saved.version || problem?.code === "stale");
  return (
    <AnswerDialog
      title={t("edit.title", { name: opened.name })}
      action={t(behind ? "edit.again" : "edit.go")}
      fields={fieldsOf(opened.values, known)}
      values={valuesOf(opened)}
      onSave={async (values) => {
        setReplaced(saved.version);
        await api.edit(conversation, id, { values, version: saved.version });
      }}
      onClose={onClose}
    >
      {(problem) =>
        stale(problem) ? (
          <div class="form-stale" role="alert">
            <p>{t("edit.stale")}</p>
            <Answers answer={saved} known={known} />
          </div>
        ) : null
      }
    </AnswerDialog>
  );
}

function DeleteDialog({
  onDelete,
  onClose,
}: {
  readonly onDelete: () => Promise<void>;
  readonly onClose: () => void;
}): JSX.Element {
  const { t } = useFormI18n();
  const doing = useRequest();
  const remove = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await doing.run(onDelete)) onClose();
  };
  return (
    <Modal label={t("answers.delete.title")} onClose={onClose}>
      <form class="confirm" onSubmit={(event) => void remove(event)}>
        <h2>{t("answers.delete.title")}</h2>
        <p class="confirm-lead">{t("answers.delete.lead")}</p>
        {doing.problem === null ? null : (
          <p class="form-problem" role="alert">
            {sentence(doing.problem, t)}
          </p>
        )}
        <footer class="confirm-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button is-danger" disabled={doing.busy} aria-busy={doing.busy}>
            {t("answers.delete")}
          </button>
        </footer>
      </form>
    </Modal>
  );
}

function valuesOf({ values }: FormAnswer): Values {
  return Object.fromEntries(values.map(({ key, value }) => [key, value]));
}
