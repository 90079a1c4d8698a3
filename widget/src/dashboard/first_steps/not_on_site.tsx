/** Beside the first conversations of a project, which may be its manager's own: the chat is on no site yet. */

import type { JSX } from "preact";

import { useWorkspace } from "../views/hooks";
import { To } from "../views/parts/to";
import { useFirstStepsI18n } from "./i18n";
import { useSites } from "./sites";

export function NotOnSite(): JSX.Element | null {
  const { project } = useWorkspace();
  const { t } = useFirstStepsI18n();
  const { sites } = useSites(project.id);
  if (sites === null || sites.seen.length > 0) return null;
  return (
    <p class="not-on-site">
      {t("unseen")} <To route={{ name: "project settings", project: project.id, section: "general" }}>{t("site")}</To>
    </p>
  );
}
