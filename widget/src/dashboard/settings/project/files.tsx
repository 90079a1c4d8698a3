/** Project › Files: who may attach files, and how much of the project's storage is used. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { sizeText } from "../../../attachments/files";
import type { AttachmentStorage, Project } from "../../../rest/types";
import { AttachmentsApi } from "../../attachments/api";
import { useSession } from "../../views/session";
import { useSettingsI18n } from "../i18n";
import { Shown } from "../parts/components";
import { Card, Wrong } from "../parts/forms";
import { useToast } from "../parts/toast";
import { type Loaded, useLoaded, useRequest } from "../parts/use_request";
import { ManagersOnly } from "./managers_only";
import { newest } from "./stale";
import { useProject } from "./use_project";

const CHOICES = ["everyone", "agents", "nobody"] as const;
type AttachedBy = (typeof CHOICES)[number];

export function FilesPage(): JSX.Element {
  const { api } = useSession();
  const { project, loaded, manager } = useProject();
  const files = useMemo(() => new AttachmentsApi(api, project.id), [api, project.id]);
  const storage = useLoaded(() => files.rules(), [files]);
  return (
    <>
      {manager ? null : <ManagersOnly />}
      <Shown of={loaded}>{(shown) => <Choice project={shown} loaded={loaded} />}</Shown>
      <Shown of={storage}>{(shown) => <Storage {...shown} />}</Shown>
    </>
  );
}

function Choice({ project, loaded }: { readonly project: Project; readonly loaded: Loaded<Project> }): JSX.Element {
  const { api, manager } = useProject();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [picked, setPicked] = useState<AttachedBy | null>(null); // while it is being saved
  const pick = (attachments: AttachedBy): void => {
    setPicked(attachments);
    void doing
      .run(async () => {
        const fresh = await api.change(project.version, { attachments });
        loaded.set((now) => newest(now, fresh));
        toast(t("saved"));
      })
      .finally(() => setPicked(null));
  };
  return (
    <Card title={t("files.who")}>
      <fieldset class="radios" disabled={!manager || doing.busy} aria-label={t("files.who")}>
        {CHOICES.map((choice) => (
          <label key={choice} class="radio">
            <input
              type="radio"
              name="attachments"
              value={choice}
              checked={choice === (picked ?? project.attachments ?? "everyone")}
              onChange={() => pick(choice)}
            />
            <span>
              <b>{t(`files.${choice}`)}</b>
              <small>{t(`files.${choice}.lead`)}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <Wrong problem={doing.problem} />
    </Card>
  );
}

function Storage({ used_bytes, quota_bytes, files }: AttachmentStorage): JSX.Element {
  const { t, language } = useSettingsI18n();
  const used = t("files.used", {
    used: storageText(used_bytes, language),
    quota: storageText(quota_bytes, language),
    count: files,
    n: files,
  });
  return (
    <Card title={t("files.storage")} lead={t("files.used.lead")}>
      <p>{used}</p>
      <progress class="storage" value={used_bytes} max={Math.max(quota_bytes, used_bytes, 1)} aria-label={used} />
    </Card>
  );
}

const GIGABYTE = 1_000_000_000;

function storageText(bytes: number, language: string): string {
  if (bytes < GIGABYTE) return sizeText(bytes, language);
  return new Intl.NumberFormat(language, { style: "unit", unit: "gigabyte", maximumFractionDigits: 1 }).format(
    bytes / GIGABYTE,
  );
}
