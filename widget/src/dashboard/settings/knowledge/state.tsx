/** The state of an article as a tag, and how far it is prepared for searches. */

import type { JSX } from "preact";

import type { Article } from "../../../rest/types";
import { Icon } from "../../views/parts/icons";
import { useKnowledgeI18n, worded } from "./i18n";

const TAGS: Readonly<Record<Article["state"], string>> = {
  draft: "tag",
  published: "tag is-good",
  changed: "tag is-warn",
};

export function StateTag({ state }: { readonly state: Article["state"] }): JSX.Element {
  const { t } = useKnowledgeI18n();
  return <span class={TAGS[state]}>{t(`article.state.${state}`)}</span>;
}

const STAGES = ["", "chunks", "summary", "vectors"]; // in the order of the work

/** Nothing once it is done. */
export function Preparation({
  of: { preparation },
}: {
  readonly of: Pick<Article, "preparation">;
}): JSX.Element | null {
  const { t } = useKnowledgeI18n();
  if (preparation === null || preparation.state === "done") return null;
  if (preparation.state === "failed") {
    return (
      <span class="preparation is-failed">
        <Icon name="alert" size={14} />
        <span>
          {t("preparation.failed")} {worded(t, "preparation.error", preparation.error, t("preparation.error.other"))}
        </span>
      </span>
    );
  }
  const label = worded(t, "preparation", preparation.stage === "" ? "waiting" : preparation.stage);
  return (
    <span class="preparation">
      <progress max={STAGES.length} value={Math.max(0, STAGES.indexOf(preparation.stage))} aria-label={label} />
      <span>{label}</span>
    </span>
  );
}
