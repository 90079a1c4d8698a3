/** The toast of the inbox: a refused action, or one that can be undone. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import type { Status } from "../state/model";
import { IconButton } from "./parts/components";
import { usePreferences, useI18n } from "./hooks";

const REFUSAL_DURATION = 6_000; // ms
const UNDO_DURATION = 12_000;

export type Notice =
  | { readonly type: "refused"; readonly what: "status" | "assign" }
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
    const timer = setTimeout(onClose, notice.type === "refused" ? REFUSAL_DURATION : UNDO_DURATION);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <>
      <div class="toasts at-top" role="alert">
        {notice?.type === "refused" ? (
          <p class="toast">
            {t(`toast.${notice.what}`)}
            <IconButton icon="close" label={t("toast.close")} class="is-small" onClick={onClose} />
          </p>
        ) : null}
      </div>
      <div class="toasts at-top" role="status">
        {notice?.type === "status" ? (
          <p class="toast">
            <span>
              <bdi>{notice.name}</bdi>: {t(`change.${notice.to}`)}
            </span>
            <button type="button" class="link" onClick={onUndo}>
              {t("toast.undo")}
            </button>
            {shortcuts ? <kbd>Z</kbd> : null}
            <IconButton icon="close" label={t("toast.close")} class="is-small" onClick={onClose} />
          </p>
        ) : null}
      </div>
    </>
  );
}
