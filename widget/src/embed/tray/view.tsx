/** The files that wait above the field of the composer. */

import { sizeText } from "../../attachments/files";
import type { Uploader } from "../../attachments/uploader";
import type { Upload } from "../../attachments/uploads";
import { localeTag } from "../../ui/locale";
import { reasonText, type TrayTexts } from "./texts";

interface TrayProps {
  readonly uploader: Uploader;
  readonly texts: TrayTexts;
  readonly language: string;
  readonly notice: string;
  /** What a screen reader is told. */
  readonly said: string;
  /** Gives the focus a place before the button that has it goes. */
  readonly leave: () => void;
}

export function TrayView({ uploader, texts, language, notice, said, leave }: TrayProps) {
  const { list } = uploader;
  const failed = list.some(({ phase }) => phase === "failed");
  return (
    <div>
      {list.length > 0 && (
        <ul class="chips" aria-label={texts.files}>
          {list.map((upload) => (
            <Chip
              key={upload.key}
              upload={upload}
              texts={texts}
              language={language}
              onRetry={() => {
                leave();
                uploader.retry(upload.key);
              }}
              onRemove={() => {
                leave();
                uploader.remove(upload.key);
              }}
            />
          ))}
        </ul>
      )}
      {(notice || failed) && <p class="tray-note">{notice || texts.hint}</p>}
      <p class="unseen" role="status">
        {said}
      </p>
    </div>
  );
}

interface ChipProps {
  readonly upload: Upload;
  readonly texts: TrayTexts;
  readonly language: string;
  readonly onRetry: () => void;
  readonly onRemove: () => void;
}

function Chip({ upload, texts, language, onRetry, onRemove }: ChipProps) {
  const { file, phase, sent, stored, reason, retryable } = upload;
  const name = stored?.name ?? file.name;
  return (
    <li class={`chip ${phase}`}>
      <span class="chip-text">
        <bdi class="chip-name">{name}</bdi>
        <span>{phase === "ready" ? sizeText(file.size, localeTag(language)) : stateText(upload, texts)}</span>
      </span>
      {phase === "uploading" && <progress aria-label={name} max={file.size} value={`${sent}`} />}
      {phase === "failed" && (retryable || reason === "unreachable") && (
        <button type="button" aria-label={`${texts.retry}: ${name}`} onClick={onRetry}>
          <Sign path="M4 12a8 8 0 1 0 2.5-5.8L4 8.5M4 4v4.5h4.5" />
        </button>
      )}
      <button type="button" aria-label={texts.cancel(name)} onClick={onRemove}>
        <Sign path="M6 6l12 12M18 6 6 18" />
      </button>
    </li>
  );
}

function stateText({ file, phase, sent, reason }: Upload, texts: TrayTexts): string {
  if (phase === "failed") return reasonText(reason, texts);
  if (phase === "uploading") return texts.uploading(Math.floor((100 * Math.min(sent, file.size)) / file.size));
  return phase === "examining" ? texts.examining : texts.queued;
}

function Sign({ path }: { path: string }) {
  return (
    <svg width="16" height="16" viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
