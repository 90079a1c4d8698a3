/** What visitors get of the workflow: which version is published, and whether the assistant follows it. */

import type { JSX } from "preact";

import type { Assistant } from "../../../../rest/types";
import { To } from "../../../views/parts/to";
import { Note } from "../../parts/components";
import { useLoaded, useTouched } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import type { AssistantApi } from "../api";
import { useAssistantI18n } from "../i18n";
import type { Workflow } from "../model/graph";

export interface InUse {
  readonly settings: Assistant | null; // null: not loaded
  readonly published: Workflow | null; // null: none, or not loaded
  readonly reload: () => void;
}

export function useInUse(api: AssistantApi): InUse {
  const loaded = useLoaded(async () => {
    const settings = await api.settings();
    const published = settings.published === null ? null : (await api.version(settings.published)).workflow;
    return { settings, published };
  }, [api]);
  useTouched(loaded, "assistant");
  return {
    settings: loaded.value?.settings ?? null,
    published: loaded.value?.published ?? null,
    reload: () => void loaded.reload(),
  };
}

/** A published workflow that no conversation begins with: says why, and where that is changed. */
export function NotInUse({ settings }: Pick<InUse, "settings">): JSX.Element | null {
  const { t } = useAssistantI18n();
  const { project } = useProject();
  if (settings === null || settings.published === null) return null;
  if (settings.enabled && settings.mode === "workflow") return null;
  return (
    <Note>
      {t(settings.enabled ? "flow.unused.prompt" : "flow.unused.off")}{" "}
      <To route={{ name: "project settings", project: project.id, section: "assistant" }}>{t("flow.unused.go")}</To>
    </Note>
  );
}
