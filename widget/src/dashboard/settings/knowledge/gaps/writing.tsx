/** An article that is written from a gap: the question is the draft of its title. */

import type { JSX } from "preact";

import type { Id } from "../../../../rest/types";
import type { KnowledgeApi } from "../../../knowledge/api";
import { Icon } from "../../../views/parts/icons";
import { Note, Shown } from "../../parts/components";
import { To } from "../../../views/parts/to";
import { useLoaded } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import { NewForm } from "../editor/new";
import { useKnowledgeI18n } from "../i18n";
import { articleLanguage } from "../languages";

const MAX_TITLE = 200; // code points

export function Writing({ api, id }: { readonly api: KnowledgeApi; readonly id: Id }): JSX.Element {
  const { t } = useKnowledgeI18n();
  const { project } = useProject();
  const loaded = useLoaded(async () => ({ gap: await api.gap(id) }), [api, id]);
  return (
    <>
      <To route={{ name: "project settings", project: project.id, section: "knowledge-gaps" }} class="page-back">
        <Icon name="back" size={16} />
        {t("gaps.all")}
      </To>
      <Shown of={loaded}>
        {({ gap }) =>
          gap === null ? (
            <Note kind="warn">{t("gap.gone")}</Note>
          ) : (
            <>
              <Note icon="question">{t("gap.writing", { n: gap.asked, question: gap.question })}</Note>
              <NewForm
                api={api}
                title={[...gap.question].slice(0, MAX_TITLE).join("")}
                language={articleLanguage(gap.language)}
                onMade={async (article) => void (await api.gapWritten(id, article.id))}
              />
            </>
          )
        }
      </Shown>
    </>
  );
}
