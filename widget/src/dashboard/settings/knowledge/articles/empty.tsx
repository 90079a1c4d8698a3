/** What articles are for, while there are none. */

import type { JSX } from "preact";

import type { Id } from "../../../../rest/types";
import { To } from "../../../views/parts/to";
import { Card } from "../../parts/forms";
import { useKnowledgeI18n } from "../i18n";

export function Empty({ project, manager }: { readonly project: Id; readonly manager: boolean }): JSX.Element {
  const { t } = useKnowledgeI18n();
  const route = { name: "project settings", project } as const;
  return (
    <Card title={t("empty.title")} lead={t("empty.lead")}>
      <ol class="knowledge-steps">
        {(["write", "publish", "watch"] as const).map((step) => (
          <li key={step}>
            <b>{t(`empty.${step}`)}</b>
            <span>{t(`empty.${step}.lead`)}</span>
          </li>
        ))}
      </ol>
      {manager ? (
        <p class="knowledge-actions">
          <To route={{ ...route, section: "knowledge", item: "new" }} class="button is-primary">
            {t("empty.new")}
          </To>
          <To route={{ ...route, section: "knowledge-import" }} class="button">
            {t("empty.import")}
          </To>
        </p>
      ) : (
        <p class="nothing">{t("empty.agent")}</p>
      )}
    </Card>
  );
}
