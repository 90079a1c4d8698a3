/** Components of the settings pages: loading, confirmation, copy button, times. */

import type { ComponentChildren, JSX } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

import { copyText } from "../../store/clipboard";
import { Modal } from "../../views/parts/dialog";
import { Icon, type IconName } from "../../views/parts/icons";
import { To } from "../../views/parts/to";
import { TryAgain } from "../../views/parts/try_again";
import { useSession } from "../../views/session";
import { useNow, WorkspaceContext } from "../../views/hooks";
import { sentence, useSettingsI18n } from "../i18n";
import { Wrong } from "./forms";
import { type RequestState, type Loaded, useRequest } from "./use_request";
import { dateIn, exactTimeIn, relativeTime } from "./zoned_times";

interface ShownProps<T> {
  readonly of: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}

/** Shows a loaded value; a skeleton while loading, a message and what helps after a failure. */
export function Shown<T>({ of, children }: ShownProps<T>): JSX.Element {
  const { t } = useSettingsI18n();
  const project = useContext(WorkspaceContext)?.project.id ?? null;
  if (of.value !== null) return <>{children(of.value)}</>;
  if (of.problem === null) {
    return (
      <div class="bones" aria-busy="true">
        <span class="sr-only">{t("loading")}</span>
        <i class="bone is-long" />
        <i class="bone" />
        <i class="bone is-long" />
      </div>
    );
  }
  return (
    <div class="not-shown" role="alert">
      <p>
        <Icon name="alert" size={16} />
        {sentence(of.problem, t)}
      </p>
      {of.problem.code === "forbidden" || of.problem.code === "not_found" ? (
        <To route={{ name: "inbox", project, conversation: null }} class="button is-small">
          {t("nav.inbox")}
        </To>
      ) : (
        <TryAgain problem={of.problem} onRetry={() => void of.reload()} look="button is-small" />
      )}
    </div>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly lead: ComponentChildren;
  readonly action: string;
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children?: (doing: RequestState) => ComponentChildren; // fields that must be filled in first
  readonly fields?: readonly string[]; // fields that show their own errors
  readonly ready?: boolean;
}

/** A confirmation dialog for actions that are hard to undo. It closes when the action has succeeded. */
export function Confirm({
  title,
  lead,
  action,
  danger = true,
  onConfirm,
  onClose,
  children,
  fields = [],
  ready = true,
}: ConfirmProps): JSX.Element {
  const { t } = useSettingsI18n();
  const doing = useRequest();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (ready && (await doing.run(onConfirm))) onClose();
  };
  return (
    <Modal label={title} onClose={onClose}>
      <form class="confirm" onSubmit={(event) => void submit(event)} noValidate>
        <h2>{title}</h2>
        <div class="confirm-lead">{lead}</div>
        {children?.(doing)}
        <Wrong problem={doing.problem} besides={fields} />
        <footer class="confirm-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button
            type="submit"
            class={danger ? "button is-danger" : "button is-primary"}
            disabled={!ready || doing.busy}
            aria-busy={doing.busy}
          >
            {doing.busy ? <span class="spinner" /> : null}
            {action}
          </button>
        </footer>
      </form>
    </Modal>
  );
}

const COPIED_DURATION = 2_500; // ms

export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }): JSX.Element {
  const { t } = useSettingsI18n();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_DURATION);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button type="button" class="button is-small" onClick={() => void copyText(text).then(setCopied)}>
      <Icon name={copied ? "check" : "copy"} size={16} />
      <span aria-live="polite">{copied ? t("copied") : (label ?? t("copy"))}</span>
    </button>
  );
}

/** "3 hours ago", with the exact time in the user's time zone. */
export function When({ at }: { readonly at: number }): JSX.Element {
  const { language } = useSettingsI18n();
  const { user } = useSession();
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTimeIn(at, language, user.timezone)}>
      {relativeTime(at, now, language)}
    </time>
  );
}

export function OnDay({ at }: { readonly at: number }): JSX.Element {
  const { language } = useSettingsI18n();
  const { user } = useSession();
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTimeIn(at, language, user.timezone)}>
      {dateIn(at, language, user.timezone)}
    </time>
  );
}

interface NoteProps {
  readonly icon?: IconName;
  readonly kind?: "plain" | "warn" | "good";
  readonly children: ComponentChildren;
}

export function Note({ icon = "alert", kind = "plain", children }: NoteProps): JSX.Element {
  return (
    <div class={`aside is-${kind}`}>
      <Icon name={icon} size={16} />
      <div>{children}</div>
    </div>
  );
}
