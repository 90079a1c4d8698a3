/** What became of each page of an import, and why one was refused. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import type { ArticleImport, ImportedPage } from "../../../../rest/types";
import type { KnowledgeApi } from "../../../knowledge/api";
import { Shown } from "../../parts/components";
import { To } from "../../../views/parts/to";
import { Wrong } from "../../parts/forms";
import { useProject } from "../../project/use_project";
import { useKnowledgeI18n } from "../i18n";
import { useLoaded } from "../../parts/use_request";
import { usePages } from "../use_pages";
import { reason } from "./reasons";

interface ImportedPagesProps {
  readonly api: KnowledgeApi;
  readonly of: ArticleImport;
}

const TAGS: Readonly<Record<ImportedPage["outcome"], string>> = {
  waiting: "tag",
  created: "tag is-good",
  changed: "tag is-good",
  unchanged: "tag",
  refused: "tag is-bad",
};

export function ImportedPages({ api, of: given }: ImportedPagesProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const { project } = useProject();
  const { id, waiting, created, changed, unchanged, refused } = given;
  const { loaded, more, showMore } = usePages<ImportedPage>(
    { fetch: (cursor) => api.importedPages(id, cursor), idOf: ({ number }) => String(number) },
    [api, id],
  );
  useEffect(() => {
    void loaded.reload();
  }, [waiting, created + changed + unchanged + refused]);
  return (
    <div class="import-pages">
      <Shown of={loaded}>
        {({ items, next_cursor }) => (
          <>
            {items.length === 0 ? <p class="nothing">{t("import.pages.none")}</p> : null}
            <ol>
              {items.map(({ number, source, outcome, code, article }) => (
                <li key={number}>
                  <span class={TAGS[outcome]}>{t(`import.outcome.${outcome}`)}</span>
                  <span class="import-page">
                    <bdi>{source}</bdi>
                    {code === "" ? null : <small>{reason(code, t)}</small>}
                  </span>
                  {article === null ? null : (
                    <To
                      route={{ name: "project settings", project: project.id, section: "knowledge", item: article }}
                      class="link"
                    >
                      {t("import.article")}
                    </To>
                  )}
                </li>
              ))}
            </ol>
            <Wrong problem={more.problem} />
            {next_cursor === null ? null : (
              <button type="button" class="button is-small" disabled={more.busy} onClick={showMore}>
                {t("more")}
              </button>
            )}
          </>
        )}
      </Shown>
    </div>
  );
}

/** Why an import brought in nothing: the reason of its first page. The others are in the list. */
export function WhyNothing({ api, of: { id, refused } }: ImportedPagesProps): JSX.Element | null {
  const { t } = useKnowledgeI18n();
  const loaded = useLoaded(async () => (refused === 0 ? null : await api.importedPages(id, null)), [api, id, refused]);
  if (refused === 0) return <span class="why">{t("import.nothing.found")}</span>;
  const code = loaded.value?.items.find((one) => one.code !== "")?.code;
  return code === undefined ? null : <span class="why">{reason(code, t)}</span>;
}
