/** The text field of a note, with mentions: for a new one, and for an edited one. */

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Mentioned } from "../../rest/types";
import { isComposing } from "../../ui/keys";
import { kept } from "../mentions/text";
import { useMentions } from "../mentions/use_mentions";
import type { Problem } from "../rest/api";
import { type Translate, useNotesI18n } from "./i18n";

const LIMIT = 2_000; // code points
const COUNTER_FROM = 200; // the counter is shown from this many characters left

export interface NoteDraft {
  readonly text: string;
  readonly mentions: readonly Mentioned[]; // picked so far; the text may not name them any more
}

export const NO_NOTE: NoteDraft = { text: "", mentions: [] };

/** What REST gets of a draft. */
export function sent({ text, mentions }: NoteDraft): { readonly text: string; readonly mentions: readonly string[] } {
  return { text: text.trim(), mentions: kept(text, mentions).map(({ user }) => user) };
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly draft: NoteDraft;
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly action: string;
  readonly focus?: boolean; // on the first render
  readonly disabled?: boolean; // nothing to save
  readonly onDraft: (draft: NoteDraft) => void;
  readonly onSave: () => void;
  readonly onCancel?: () => void;
  readonly children?: ComponentChildren; // above the buttons
}

export function NoteField(props: FieldProps): JSX.Element {
  const { id, label, draft, busy, problem, action, focus = false, disabled = false, onDraft, onSave, onCancel } = props;
  const { t } = useNotesI18n();
  const area = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState<number | null>(null); // where it goes once the text is drawn
  const mentions = useMentions(
    area,
    (text, at, one) => {
      onDraft({ text, mentions: [...draft.mentions, one] });
      setCaret(at);
    },
    { listId: `${id}-members` },
  );
  useLayoutEffect(() => {
    const field = area.current;
    if (!focus || field === null) return;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }, []);
  useLayoutEffect(() => {
    if (caret === null) return;
    area.current?.setSelectionRange(caret, caret);
    setCaret(null);
  }, [caret]);
  useLayoutEffect(() => {
    const field = area.current;
    if (field === null) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`; // with its border
  }, [draft.text]);
  const left = LIMIT - [...draft.text].length;
  const ready = draft.text.trim() !== "" && left >= 0 && !busy && !disabled;
  const save = (): void => {
    if (!ready) return;
    mentions.close();
    onSave();
  };
  return (
    <form
      class="note-field"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        {...mentions.attributes}
        ref={area}
        id={id}
        class="input"
        rows={2}
        dir="auto"
        aria-label={label}
        aria-invalid={left < 0}
        aria-describedby={`${id}-hint`}
        placeholder={t("note.placeholder")}
        value={draft.text}
        readOnly={busy && onCancel !== undefined} // an edited note closes its field when it is saved
        onInput={(event) => {
          onDraft({ ...draft, text: event.currentTarget.value });
          mentions.look();
        }}
        onSelect={mentions.look}
        onKeyUp={mentions.look}
        onClick={mentions.look}
        onBlur={mentions.close}
        onKeyDown={(event) => {
          if (isComposing(event) || mentions.onKeyDown(event)) return;
          if (event.key === "Escape" && onCancel !== undefined) onCancel();
          else if (event.key === "Escape") area.current?.blur();
          else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {mentions.menu}
      {props.children}
      {problem === null ? null : (
        <p class="note-problem" role="alert">
          {sentence(problem, t)}
        </p>
      )}
      <div class={draft.text === "" && onCancel === undefined ? "note-foot is-idle" : "note-foot"}>
        <span
          id={`${id}-hint`}
          class={left < 0 ? "note-hint is-over" : "note-hint"}
          role={left < COUNTER_FROM ? "status" : undefined}
        >
          {left < 0 ? t("note.over", { n: -left }) : left < COUNTER_FROM ? t("note.left", { n: left }) : t("note.keys")}
        </span>
        {onCancel === undefined ? null : (
          <button type="button" class="button is-small" onClick={onCancel}>
            {t("note.cancel")}
          </button>
        )}
        <button type="submit" class="button is-small is-primary" disabled={!ready}>
          {action}
        </button>
      </div>
    </form>
  );
}

/** The message for a problem of REST. */
export function sentence(problem: Problem, t: Translate): string {
  if (problem.status === 429) return t("problem.slow");
  if (problem.temporary) return t("problem.away");
  if (problem.errors.some(({ code }) => code === "not_a_member")) return t("problem.not_a_member");
  if (problem.code === "too_many") return t("problem.too_many");
  return t(problem.code === "forbidden" ? "problem.forbidden" : "problem.other");
}
