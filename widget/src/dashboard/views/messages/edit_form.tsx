/** A message as a field: Enter saves, Esc cancels. When another person was faster, both texts are shown. */

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { isComposing } from "../../../ui/keys";
import { LIMIT_BODY, LIMIT_BODY_BYTES } from "../../../wire/frames";
import type { Message } from "../../state/model";
import { versionOf } from "../../state/threads";
import type { Outcome } from "../../store/alterations";
import type { Translate } from "../../texts/i18n";
import { Icon } from "../parts/icons";
import { Text } from "./text";

const encoder = new TextEncoder();

interface EditFormProps {
  readonly message: Message; // as it is now
  readonly t: Translate;
  readonly onSave: (body: string, version: number) => Promise<Outcome>;
  readonly onClose: () => void;
}

export function EditForm({ message, t, onSave, onClose }: EditFormProps): JSX.Element {
  const [body, setBody] = useState(message.body);
  const [begun] = useState(versionOf(message)); // the version that the agent has read
  const [state, setState] = useState<"idle" | "saving" | Outcome>("idle");
  const area = useRef<HTMLTextAreaElement>(null);
  const touch = useMemo(() => matchMedia("(pointer: coarse)").matches, []);
  const gone = Boolean(message.redacted_at);
  const saving = state === "saving";
  const changed = versionOf(message) !== begun && !saving && state !== "done";
  const left = LIMIT_BODY - [...body].length;
  const over = left < 0 || encoder.encode(body).length > LIMIT_BODY_BYTES;
  const ready = body.trim() !== "" && !over && !gone && !saving;

  useLayoutEffect(() => {
    const field = area.current;
    const form = field?.form ?? null;
    if (field === null || form === null) return undefined;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    // The row gets its width after the form is in it, and another one when the window does.
    const observer = new ResizeObserver(() => fitHeight(field));
    observer.observe(form);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const field = area.current;
    if (field === null) return;
    fitHeight(field);
    if (document.activeElement === field) field.form?.scrollIntoView({ block: "nearest" });
  }, [body, changed]);

  const save = async (): Promise<void> => {
    if (!ready) return;
    if (body.trim() === message.body) return onClose();
    setState("saving");
    const outcome = await onSave(body.trim(), versionOf(message));
    setState(outcome);
    if (outcome === "done") onClose();
  };

  return (
    <form
      class="edit-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        ref={area}
        rows={1}
        dir="auto"
        value={body}
        aria-label={t("edit.label")}
        aria-invalid={over}
        aria-describedby={`edit-${message.id}`}
        onInput={(event) => {
          setBody(event.currentTarget.value);
          if (!saving) setState("idle");
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (isComposing(event)) return;
          if (event.key === "Escape") onClose();
          else if (event.key === "Enter" && !event.shiftKey && !touch) void save();
          else return;
          event.preventDefault();
        }}
      />
      {changed ? (
        <div class="edit-theirs" role="alert">
          <p>
            <Icon name="alert" size={14} />
            {t(gone ? "edit.gone" : "edit.stale")}
          </p>
          {gone ? null : (
            <blockquote dir="auto">
              <Text text={message.body} marked={message.author.party !== "visitor"} t={t} />
            </blockquote>
          )}
        </div>
      ) : null}
      <div class="edit-foot">
        <span
          id={`edit-${message.id}`}
          class={over || state === "unreachable" || state === "refused" ? "edit-hint is-bad" : "edit-hint"}
          role={state === "unreachable" || state === "refused" ? "alert" : undefined}
        >
          {state === "unreachable" || state === "refused"
            ? t(`edit.${state}`)
            : body.trim() === ""
              ? t("edit.empty")
              : over
                ? t("composer.over", { n: Math.max(1, -left) })
                : touch
                  ? ""
                  : t("edit.hint")}
        </span>
        <button type="button" class="button is-small" onClick={onClose}>
          {t("edit.cancel")}
        </button>
        <button type="submit" class="button is-small is-primary" disabled={!ready} aria-busy={saving}>
          {t(changed && !gone ? "edit.replace" : "edit.save")}
        </button>
      </div>
    </form>
  );
}

/** Grows with its text, up to the maximum of the style sheet. */
function fitHeight(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`; // with the border
}
