/** Project › Knowledge › one article: its form and its versions; agents read it. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { ArticleDetails, Id } from "../../../../rest/types";
import type { KnowledgeApi } from "../../../knowledge/api";
import { partOf } from "../../../state/select";
import { Icon } from "../../../views/parts/icons";
import { Shown } from "../../parts/components";
import { To } from "../../../views/parts/to";
import { Card } from "../../parts/forms";
import { type Loaded, useLoaded, useTouched } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import { useKnowledgeI18n } from "../i18n";
import { languageName } from "../languages";
import { Preparation, StateTag } from "../state";
import { Versions } from "../versions/list";
import { Form } from "./form";
import { NewForm } from "./new";
import { Preview } from "./preview";

interface EditorProps {
  readonly api: KnowledgeApi;
  readonly id: Id | null; // null: a new article
}

export function Editor({ api, id }: EditorProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const { project, manager } = useProject();
  return (
    <>
      <To route={{ name: "project settings", project: project.id, section: "knowledge" }} class="page-back">
        <Icon name="back" size={16} />
        {t("articles.all")}
      </To>
      {id !== null ? <One api={api} id={id} /> : manager ? <NewForm api={api} /> : null}
    </>
  );
}

function One({ api, id }: { readonly api: KnowledgeApi; readonly id: Id }): JSX.Element {
  const loaded = useLoaded(() => api.article(id), [api, id]);
  useTouched(loaded, partOf("articles", id));
  return <Shown of={loaded}>{(article) => <Opened api={api} loaded={loaded} article={article} />}</Shown>;
}

interface OpenedProps {
  readonly api: KnowledgeApi;
  readonly loaded: Loaded<ArticleDetails>;
  readonly article: ArticleDetails;
}

function Opened({ api, loaded, article }: OpenedProps): JSX.Element {
  const { manager } = useProject();
  const counts = useLoaded(() => api.counts(), [api]);
  const categories = useMemo(() => counts.value?.categories.map(({ name }) => name) ?? [], [counts.value]);
  const [dirty, setDirty] = useState(false);
  return (
    <>
      {manager ? (
        <Form api={api} loaded={loaded} saved={article} categories={categories} onDirty={setDirty} />
      ) : (
        <Reading article={article} />
      )}
      <Versions api={api} of={article} dirty={dirty} onRestored={loaded.reload} />
    </>
  );
}

function Reading({ article }: { readonly article: ArticleDetails }): JSX.Element {
  const { language } = useKnowledgeI18n();
  return (
    <Card title={article.title}>
      <p class="article-tags">
        <StateTag state={article.state} />
        <span class="tag">{languageName(article.language, language)}</span>
        {article.category === "" ? null : <span class="tag">{article.category}</span>}
      </p>
      <Preparation of={article} />
      <Preview title="" language={article.language} content={article.content} />
    </Card>
  );
}
