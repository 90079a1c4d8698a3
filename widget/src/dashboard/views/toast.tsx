/** The toast of the inbox: a refused action, or one that can be undone. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import type { Change, Outcome } from "../bulk/changes";
import type { Status } from "../state/model";
import type { Owner } from "../store/ownership";
import type { Translate } from "../texts/i18n";
import { IconButton } from "./parts/components";
import { usePreferences, useI18n } from "./hooks";

const REFUSAL_DURATION = 6_000; // ms
const UNDO_DURATION = 12_000;

export type Notice =
  | { readonly type: "refused"; readonly what: "status" | "assign" | "delete" | "owner" }
  | { readonly type: "deleted"; readonly name: string }
  | { readonly type: "owner"; readonly name: string; readonly to: Owner }
  | { readonly type: "bulk"; readonly change: Change; readonly outcome: Outcome }
  | {
      readonly type: "status";
      readonly conversation: string;
      readonly name: string;
      readonly to: Status;
      readonly from: Status;
    };

interface ToastProps {
  readonly notice: Notice | null;
  readonly onUndo: () => void;
  readonly onClose: () => void;
}

export function Toast({ notice, onUndo, onClose }: ToastProps): JSX.Element {
  const { t } = useI18n();
  const { shortcuts } = usePreferences();
  useEffect(() => {
    if (notice === null) return undefined;
    const undoes = notice.type === "status" || notice.type === "bulk";
    const timer = setTimeout(onClose, undoes ? UNDO_DURATION : REFUSAL_DURATION);
    return () => clearTimeout(timer);
  }, [notice]);
  const close = <IconButton icon="close" label={t("toast.close")} class="is-small" onClick={onClose} />;
  const undo = (
    <>
      <button type="button" class="link" onClick={onUndo}>
        {t("toast.undo")}
      </button>
      {shortcuts ? <kbd>Z</kbd> : null}
    </>
  );
  return (
    <>
      <div class="toasts at-top" role="alert">
        {notice?.type === "refused" ? (
          <p class="toast">
            {t(`toast.${notice.what}`)}
            {close}
          </p>
        ) : null}
      </div>
      <div class="toasts at-top" role="status">
        {notice?.type === "status" ? (
          <p class="toast">
            <span>
              <bdi>{notice.name}</bdi>: {t(`change.${notice.to}`)}
            </span>
            {undo}
            {close}
          </p>
        ) : null}
        {notice?.type === "deleted" ? (
          <p class="toast">
            <span>{t("toast.deleted", { name: notice.name })}</span>
            {close}
          </p>
        ) : null}
        {notice?.type === "owner" ? (
          <p class="toast">
            <span>{t(`toast.to.${notice.to}`, { name: notice.name })}</span>
            {close}
          </p>
        ) : null}
        {notice?.type === "bulk" ? (
          <p class="toast">
            <span>{bulkText(notice, t)}</span>
            {notice.outcome.undo.size > 0 ? undo : null}
            {close}
          </p>
        ) : null}
      </div>
    </>
  );
}

/** What was done, and what was not. */
function bulkText({ change, outcome }: Extract<Notice, { type: "bulk" }>, t: Translate): string {
  const { changed, failed } = outcome;
  const name =
    change.what === "status" ? (`bulk.done.${change.status}` as const) : (`bulk.done.${change.what}` as const);
  const done = changed === 0 ? "" : t(name, { n: changed });
  return failed === 0 ? done : `${done} ${t("bulk.failed", { n: failed })}`.trim();
}
