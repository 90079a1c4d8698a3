/** A picture of a conversation in full size. Arrow keys show the others, Esc closes. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { StoredFile } from "../../attachments/files";
import { Modal } from "../views/parts/dialog";
import { Icon } from "../views/parts/icons";
import { useAddress } from "./address";
import { useFileI18n } from "./i18n";

export interface LightboxProps {
  readonly pictures: readonly StoredFile[];
  readonly first: string;
  readonly onClose: () => void;
}

export function Lightbox({ pictures, first, onClose }: LightboxProps): JSX.Element | null {
  const { t } = useFileI18n();
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      pictures.findIndex(({ id }) => id === first),
    ),
  );
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus(), []);
  const picture = pictures[at];
  if (picture === undefined) return null;
  const move = (step: number): void => setAt(Math.min(pictures.length - 1, Math.max(0, at + step)));
  const many = pictures.length > 1;
  return (
    <Modal label={picture.name} class="lightbox" onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys are a shortcut of the buttons inside */}
      <div
        class="lightbox-body"
        onKeyDown={(event) => {
          const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
          if (step === 0) return;
          event.preventDefault();
          move(step);
        }}
      >
        <header class="lightbox-head">
          <bdi class="lightbox-name">{picture.name}</bdi>
          <span class="lightbox-position" role="status">
            {many ? t("position", { n: at + 1, count: pictures.length }) : ""}
          </span>
          <Download id={picture.id} name={picture.name} />
          <button ref={close} type="button" class="icon-button" aria-label={t("close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <Picture key={picture.id} picture={picture} />
        {many ? (
          <>
            <button
              type="button"
              class="icon-button lightbox-step is-previous"
              aria-label={t("previous")}
              disabled={at === 0}
              onClick={() => move(-1)}
            >
              <Icon name="back" />
            </button>
            <button
              type="button"
              class="icon-button lightbox-step is-next"
              aria-label={t("next")}
              disabled={at === pictures.length - 1}
              onClick={() => move(1)}
            >
              <Icon name="back" />
            </button>
          </>
        ) : null}
      </div>
    </Modal>
  );
}

function Picture({ picture }: { readonly picture: StoredFile }): JSX.Element {
  const { t } = useFileI18n();
  const { address, retry } = useAddress(picture.id, true);
  const [broken, setBroken] = useState(false);
  if (address === null || broken) return <p class="lightbox-broken">{t(broken ? "broken" : "gone")}</p>;
  return address?.url ? (
    <img
      class="lightbox-picture"
      src={address.url}
      alt={picture.name}
      width={picture.width}
      height={picture.height}
      onError={() => retry() || setBroken(true)}
    />
  ) : (
    <span class="spinner" />
  );
}

function Download({ id, name }: { readonly id: string; readonly name: string }): JSX.Element | null {
  const { t } = useFileI18n();
  const { address } = useAddress(id, true);
  if (!address?.url) return null;
  return (
    <a
      class="icon-button"
      href={`${address.url}&download=1`}
      download={name}
      aria-label={`${t("download")}: ${name}`}
      title={t("download")}
    >
      <Icon name="download" />
    </a>
  );
}
