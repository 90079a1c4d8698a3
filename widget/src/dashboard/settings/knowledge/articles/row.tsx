/** An article in the list. */

import type { JSX } from "preact";

import type { Article, Id } from "../../../../rest/types";
import { When } from "../../parts/components";
import { To } from "../../../views/parts/to";
import { useKnowledgeI18n } from "../i18n";
import { languageName } from "../languages";
import { Preparation, StateTag } from "../state";

export function Row({ of: article, project }: { readonly of: Article; readonly project: Id }): JSX.Element {
  const { t, language } = useKnowledgeI18n();
  const { id, title, category, changed_at, changed_by, helpful, unhelpful, source } = article;
  const answers = helpful + unhelpful;
  return (
    <li class="item article-row">
      <span class="item-text">
        <b>
          <To route={{ name: "project settings", project, section: "knowledge", item: id }} class="article-link">
            {title}
          </To>
        </b>
        <span class="article-tags">
          <StateTag state={article.state} />
          <span class="tag">{languageName(article.language, language)}</span>
          {category === "" ? null : <span class="tag">{category}</span>}
        </span>
        <small>
          {changed_by === null ? t("article.changed") : t("article.changed.by", { name: changed_by.full_name })}{" "}
          <When at={changed_at} />
          {source === "written" ? null : ` · ${t(`article.source.${source}`)}`}
          {answers === 0 ? null : ` · ${t("article.helpful", { helpful, answers })}`}
        </small>
        <Preparation of={article} />
      </span>
    </li>
  );
}
