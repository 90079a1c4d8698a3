/** The files that wait above the field of the composer. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";

import { sizeText } from "../../attachments/files";
import type { Phase, Upload } from "../../attachments/uploads";
import { Icon } from "../views/parts/icons";
import { type FileI18n, reasonText, useFileI18n } from "./i18n";
import type { Tray } from "./tray";

interface TrayViewProps {
  readonly tray: Tray;
  /** Gives the focus a place when the button that has it goes. */
  readonly onLeave: () => void;
}

export function TrayView({ tray, onLeave }: TrayViewProps): JSX.Element {
  const i18n = useFileI18n();
  const { t } = i18n;
  const { list, surplus, limits } = tray;
  const said = useSaid(list, i18n);
  const failed = list.some(({ phase }) => phase === "failed");
  const note = surplus > 0 ? t("surplus", { n: surplus, most: limits.max_files }) : failed ? t("hint") : "";
  return (
    <div class="tray">
      {list.length === 0 ? null : (
        <ul class="tray-files" aria-label={t("tray")}>
          {list.map((upload) => (
            <Chip
              key={upload.key}
              upload={upload}
              i18n={i18n}
              onRetry={() => {
                onLeave();
                tray.retry(upload.key);
              }}
              onRemove={() => {
                onLeave();
                tray.remove(upload.key);
              }}
            />
          ))}
        </ul>
      )}
      {note === "" ? null : <p class="tray-note">{note}</p>}
      <p class="sr-only" role="status">
        {said}
      </p>
    </div>
  );
}

interface ChipProps {
  readonly upload: Upload;
  readonly i18n: FileI18n;
  readonly onRetry: () => void;
  readonly onRemove: () => void;
}

function Chip({ upload, i18n, onRetry, onRemove }: ChipProps): JSX.Element {
  const { t } = i18n;
  const { file, phase, sent, stored, retryable } = upload;
  const name = stored?.name ?? file.name;
  return (
    <li class={`tray-file is-${phase}`}>
      <span class="tray-text">
        <bdi class="tray-name" title={name}>
          {name}
        </bdi>
        <small>{stateText(upload, i18n)}</small>
      </span>
      {phase === "uploading" ? <progress aria-label={name} max={file.size} value={sent} /> : null}
      {phase === "failed" && retryable ? (
        <button type="button" class="icon-button is-small" aria-label={t("retry.name", { name })} onClick={onRetry}>
          <Icon name="redo" size={15} />
        </button>
      ) : null}
      <button type="button" class="icon-button is-small" aria-label={t("remove", { name })} onClick={onRemove}>
        <Icon name="close" size={15} />
      </button>
    </li>
  );
}

function stateText({ file, phase, sent, reason }: Upload, { t, language }: FileI18n): string {
  switch (phase) {
    case "ready":
      return sizeText(file.size, language);
    case "failed":
      return reasonText(reason, t);
    case "uploading":
      return t("uploading", { n: Math.floor((100 * Math.min(sent, file.size)) / file.size) });
    case "examining":
      return t("examining");
    case "queued":
      return t("waiting");
    default:
      return phase satisfies never;
  }
}

/** What a screen reader is told: the last end of an upload. */
function useSaid(list: readonly Upload[], { t }: FileI18n): string {
  const known = useRef(new Map<number, Phase>());
  const said = useRef("");
  for (const { key, phase, file, reason } of list) {
    if (known.current.get(key) === phase) continue;
    known.current.set(key, phase);
    if (phase === "ready") said.current = t("uploaded", { name: file.name });
    if (phase === "failed") said.current = t("failed", { name: file.name, reason: reasonText(reason, t) });
  }
  return said.current;
}
