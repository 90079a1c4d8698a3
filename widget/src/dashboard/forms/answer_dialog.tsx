/** The dialog in which an agent fills in a form or corrects its answers. */

import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { checked } from "../../forms/check";
import { draftOf } from "../../forms/draft";
import type { FieldErrors, FormField, Values } from "../../forms/fields";
import { focusFirstError, Inputs } from "../../forms/inputs";
import { localeTag } from "../../ui/locale";
import { useRequest } from "../settings/parts/use_request";
import { Modal } from "../views/parts/dialog";
import { Icon } from "../views/parts/icons";
import type { Problem } from "../rest/api";
import { fieldSentence, sentence, useFormI18n } from "./i18n";

interface AnswerDialogProps {
  readonly title: string;
  readonly action: string;
  readonly fields: readonly FormField[];
  readonly values: Values; // to begin with
  readonly onSave: (values: Values) => Promise<void>;
  readonly onClose: () => void;
  readonly children?: (problem: Problem | null) => ComponentChildren; // above the buttons
}

export function AnswerDialog(props: AnswerDialogProps): JSX.Element {
  const { title, action, fields, values: given, onSave, onClose, children } = props;
  const { t } = useFormI18n();
  const id = useId();
  const locale = localeTag(navigator.language); // of the keyboard, not of the texts
  const doing = useRequest();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState(() => draftOf(fields, given, locale));
  const [errors, setErrors] = useState<FieldErrors>({});
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("input, select")?.focus(), []);
  const refused = errorsIn(doing.problem);
  const codes = Object.entries({ ...refused, ...errors });
  useLayoutEffect(() => {
    if (codes.length > 0) focusFirstError(form.current);
  }, [errors, doing.problem]);
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { values, errors: found } = checked(fields, draft, locale);
    setErrors(found);
    if (Object.keys(found).length > 0) return doing.clear();
    if (await doing.run(() => onSave(values))) onClose();
  };
  return (
    <Modal label={title} onClose={onClose}>
      <form class="confirm" ref={form} onSubmit={(event) => void save(event)} noValidate>
        <h2>
          <bdi>{title}</bdi>
        </h2>
        <Inputs
          id={id}
          fields={fields}
          draft={draft}
          errors={Object.fromEntries(codes.map(([key, code]) => [key, fieldSentence(code, t)]))}
          texts={{ choose: t("choose"), required: t("required") }}
          onEnter={(key, value) => {
            const { [key]: _, ...others } = errors;
            setErrors(others);
            setDraft((before) => ({ ...before, [key]: value }));
          }}
        />
        {children?.(doing.problem)}
        {doing.problem === null || Object.keys(refused).length > 0 || doing.problem.code === "stale" ? null : (
          <p class="form-problem" role="alert">
            <Icon name="alert" size={16} />
            {sentence(doing.problem, t)}
          </p>
        )}
        <footer class="confirm-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button is-primary" disabled={doing.busy} aria-busy={doing.busy}>
            {action}
          </button>
        </footer>
      </form>
    </Modal>
  );
}

/** The server's errors by the key of the field: `values.size`. */
function errorsIn(problem: Problem | null): FieldErrors {
  const found = (problem?.errors ?? []).map(({ field, code }) => [field.replace(/^values\.?/, ""), code] as const);
  return Object.fromEntries(found.filter(([key]) => key !== ""));
}
