/** A picture of the visitor's page, in the panel: taken on demand, and enlarged in a dialog. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { shortAddress } from "../../ui/links";
import type { Screenshot as Shot } from "../../rest/types";
import { useLoaded, useRequest } from "../settings/parts/use_request";
import { exactly } from "../state/times";
import { useWorkspace } from "../views/hooks";
import { Icon } from "../views/parts/icons";
import { Modal } from "../views/parts/dialog";
import { useSession } from "../views/session";
import { ScreenshotsApi } from "./api";
import { problemKey, useScreenshotI18n } from "./i18n";

export interface ScreenshotProps {
  readonly visitor: string;
}

export function Screenshot({ visitor }: ScreenshotProps): JSX.Element | null {
  const { t, language } = useScreenshotI18n();
  const { api: rest } = useSession();
  const { project } = useWorkspace();
  const api = useMemo(() => new ScreenshotsApi(rest, project.id), [rest, project.id]);
  const available = useLoaded(() => api.available(), [api]);
  const [shot, setShot] = useState<Shot | null>(null);
  const [large, setLarge] = useState(false);
  const taking = useRequest();
  const take = (): void => {
    void taking.run(async () => setShot(await api.take(visitor)));
  };
  if (available.value === false) return <p class="quiet">{t("off")}</p>;
  const title = shot === null ? "" : t("title", { page: shortAddress(shot.url) });
  const source = `data:image/jpeg;base64,${shot?.jpeg ?? ""}`;
  return (
    <div class="screenshot">
      <button
        type="button"
        class="button is-small"
        aria-busy={taking.busy}
        aria-disabled={taking.busy}
        onClick={taking.busy ? undefined : take}
      >
        <Icon name="screen" size={16} />
        {t(taking.problem !== null ? "retry" : shot === null ? "take" : "again")}
      </button>
      <p class={taking.busy ? "screenshot-wait" : "sr-only"} role="status">
        {taking.busy ? (
          <>
            <span class="spinner" aria-hidden="true" />
            {t("taking")}
          </>
        ) : (
          title
        )}
      </p>
      {taking.problem === null ? null : (
        <p class="quiet" role="alert">
          {t(problemKey(taking.problem))}
        </p>
      )}
      {shot === null || taking.busy || taking.problem !== null ? null : (
        <figure>
          <button type="button" class="screenshot-picture" aria-label={t("enlarge")} onClick={() => setLarge(true)}>
            <img src={source} alt={title} width={1280} height={720} />
          </button>
          <figcaption>
            {t("note")} {t("taken", { time: exactly(shot.taken_at ?? 0, language) })}
          </figcaption>
        </figure>
      )}
      {large ? (
        <Modal label={title} class="screenshot-large" onClose={() => setLarge(false)}>
          <img src={source} alt={title} width={1280} height={720} />
          <div class="screenshot-foot">
            <p>{t("note")}</p>
            <button type="button" class="button" onClick={() => setLarge(false)}>
              {t("close")}
            </button>
          </div>
        </Modal>
      ) : null}
    </div>
  );
}
