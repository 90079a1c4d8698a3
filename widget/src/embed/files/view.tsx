/** One file of a message: its picture, or its name and size. */

import { type StoredFile, sizeText, thumbnailSize } from "../../attachments/files";
import { localeTag } from "../../ui/locale";
import type { FileTexts } from "./texts";

const THUMBNAIL = 400; // px; the longer side of the server's, and twice what is shown

/** What is known of a file beyond its message. */
export interface Known {
  readonly url?: string; // undefined: not known yet
  readonly gone?: boolean;
  readonly plain?: boolean; // it has no picture that this browser can show
}

interface FileProps {
  readonly file: StoredFile;
  readonly known: Known;
  readonly texts: FileTexts;
  readonly language: string;
  readonly onOpen: (event: Event) => void;
}

export function FileView({ file, known, texts, language, onOpen }: FileProps) {
  const { url, gone, plain } = known;
  if (gone)
    return (
      <span class="file">
        <bdi>{file.name}</bdi>
        <span>{texts.gone}</span>
      </span>
    );
  const size = plain ? null : thumbnailSize(file, THUMBNAIL);
  return (
    <a
      class={size ? "shot" : "file"}
      data-file={file.id}
      href={url}
      target="_blank"
      rel="noopener"
      title={file.name}
      onClick={onOpen}
    >
      {size ? <canvas width={size.width} height={size.height} role="img" aria-label={file.name} /> : <Sheet />}
      {!size && <bdi>{file.name}</bdi>}
      {!size && <span>{sizeText(file.size, localeTag(language))}</span>}
    </a>
  );
}

function Sheet() {
  return (
    <svg width="20" height="20" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zv5h5M12 11v6m-2.5-2.5L12 17l2.5-2.5" />
    </svg>
  );
}
