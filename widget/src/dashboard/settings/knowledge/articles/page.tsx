/** Project › Knowledge: the list of articles, with filters. */

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import type { Article, ArticleCounts, Id } from "../../../../rest/types";
import type { ArticleFilter } from "../../../knowledge/api";
import { navigate } from "../../../router";
import { Icon } from "../../../views/parts/icons";
import { Shown } from "../../parts/components";
import { Card, Wrong } from "../../parts/forms";
import { useLoaded, useTouched } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import { useKnowledgeI18n } from "../i18n";
import type { PageProps } from "../pages";
import { usePages } from "../use_pages";
import { Empty } from "./empty";
import { Filters } from "./filters";
import { Row } from "./row";

const ALL: ArticleFilter = { state: "", category: null, language: "", text: "" };
const PREPARING_POLL = 3_000; // ms, while an article on the page is being prepared

const kept = new Map<Id, ArticleFilter>(); // by project: the way back from an article leads to the same list

export function Articles({ api }: PageProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const { project, manager } = useProject();
  const [filter, setFilter] = useState(kept.get(project.id) ?? ALL);
  kept.set(project.id, filter);
  const counts = useLoaded(() => api.counts(), [api]);
  const { loaded, more, showMore } = usePages<Article>(
    { fetch: (cursor) => api.articles(filter, cursor), idOf: ({ id }) => id },
    [api, filter],
  );
  const both = useMemo(
    () => ({ reload: async () => void (await Promise.all([counts.reload(), loaded.reload()])) }),
    [counts.reload, loaded.reload],
  );
  useTouched(both, "articles");
  useWhilePreparing(loaded.value?.items, loaded.reload);
  const filtered = filter !== ALL;
  const none = counts.value !== null && totalOf(counts.value) === 0;
  if (none && !filtered) return <Empty project={project.id} manager={manager} />;
  return (
    <Card title={t("articles.title")} lead={t("articles.lead")}>
      {manager ? (
        <p class="knowledge-actions">
          <button
            type="button"
            class="button is-primary"
            onClick={() =>
              navigate({ name: "project settings", project: project.id, section: "knowledge", item: "new" })
            }
          >
            <Icon name="plus" size={16} />
            {t("articles.new")}
          </button>
        </p>
      ) : null}
      <Filters filter={filter} counts={counts.value} onChange={(next) => setFilter(isAll(next) ? ALL : next)} />
      <Shown of={loaded}>
        {({ items, next_cursor }) => (
          <>
            <p class="sr-only" role="status">
              {t(next_cursor === null ? "articles.count" : "articles.count.more", { n: items.length })}
            </p>
            {items.length === 0 ? <p class="nothing">{t("articles.none")}</p> : null}
            <ul class="items">
              {items.map((article) => (
                <Row key={article.id} of={article} project={project.id} />
              ))}
            </ul>
            <Wrong problem={more.problem} />
            {next_cursor === null ? null : (
              <button type="button" class="button" disabled={more.busy} onClick={showMore}>
                {t("more")}
              </button>
            )}
          </>
        )}
      </Shown>
    </Card>
  );
}

/** A signal of a worker may be lost. */
function useWhilePreparing(items: readonly Article[] | undefined, reload: () => Promise<void>): void {
  const waits = items?.some(({ preparation }) => preparation?.state === "queued") === true;
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void reload();
    }, PREPARING_POLL);
    return () => clearInterval(timer);
  }, [waits, reload]);
}

function totalOf({ draft, published, changed }: ArticleCounts): number {
  return draft + published + changed;
}

function isAll({ state, category, language, text }: ArticleFilter): boolean {
  return state === "" && category === null && language === "" && text === "";
}
