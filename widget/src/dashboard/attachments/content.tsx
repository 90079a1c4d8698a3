/** The files of a message: pictures, and the names and sizes of others. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { type StoredFile, sizeText, thumbnailSize } from "../../attachments/files";
import { Icon } from "../views/parts/icons";
import { lazy } from "../views/lazy";
import { useAddress } from "./address";
import { useFileI18n } from "./i18n";
import type { LightboxProps } from "./lightbox";

const THUMBNAIL = 280; // CSS pixels, the longer side
const THUMBNAIL_OF_MANY = 150;

const Lightbox = lazy<LightboxProps>(
  async () => (await import("./lightbox")).Lightbox,
  () => <></>,
);

interface FilesProps {
  readonly files: readonly StoredFile[];
  /** All pictures of the conversation, for the gallery. */
  readonly pictures: () => readonly StoredFile[];
}

export function MessageFiles({ files, pictures }: FilesProps): JSX.Element {
  const [large, setLarge] = useState<string | null>(null);
  const most = files.length > 1 ? THUMBNAIL_OF_MANY : THUMBNAIL;
  return (
    <div class="files">
      {files.map((file) => (
        <OneFile key={file.id} file={file} most={most} onEnlarge={() => setLarge(file.id)} />
      ))}
      {large === null ? null : <Lightbox pictures={pictures()} first={large} onClose={() => setLarge(null)} />}
    </div>
  );
}

interface OneFileProps {
  readonly file: StoredFile;
  readonly most: number;
  readonly onEnlarge: () => void;
}

function OneFile({ file, most, onEnlarge }: OneFileProps): JSX.Element {
  const { t, language } = useFileI18n();
  const box = useRef<HTMLElement>(null);
  const seen = useSeen(box);
  const { address, retry, load } = useAddress(file.id, seen);
  const [broken, setBroken] = useState(false);
  const size = broken ? null : thumbnailSize(file, most);
  if (address === null)
    return (
      <span class="file-row is-gone">
        <Icon name="file" size={18} />
        <bdi>{file.name}</bdi>
        <small>{t("gone")}</small>
      </span>
    );
  if (size !== null)
    return (
      <button
        ref={box as { current: HTMLButtonElement | null }}
        type="button"
        class="file-picture"
        title={file.name}
        aria-label={t("open", { name: file.name })}
        style={{ width: `${size.width}px`, aspectRatio: `${size.width} / ${size.height}` }}
        onClick={onEnlarge}
      >
        {address?.thumbnail_url ? (
          <img
            src={address.thumbnail_url}
            alt={file.name}
            width={size.width}
            height={size.height}
            onError={() => retry() || setBroken(true)}
          />
        ) : null}
      </button>
    );
  return (
    <a
      ref={box as { current: HTMLAnchorElement | null }}
      class="file-row"
      href={address?.url ?? undefined}
      download={file.name}
      title={`${t("download")}: ${file.name}`}
      onClick={(event) => {
        if (address?.url) return;
        event.preventDefault(); // its address is on the way
        void load().then((found) => found?.url && location.assign(found.url));
      }}
    >
      <Icon name="file" size={18} />
      <bdi>{file.name}</bdi>
      <small>{sizeText(file.size, language)}</small>
      <Icon name="download" size={16} />
    </a>
  );
}

/** Whether the element has been on the screen: the addresses of a long conversation are not asked for before. */
function useSeen(box: { readonly current: HTMLElement | null }): boolean {
  const [seen, set] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (element === null || seen) return undefined;
    const sight = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) set(true);
    });
    sight.observe(element);
    return () => sight.disconnect();
  }, [box, seen]);
  return seen;
}
