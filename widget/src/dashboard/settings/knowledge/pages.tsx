/** The knowledge pages: each with links to the others, once their styles are loaded. */

import type { JSX } from "preact";

import { KnowledgeApi } from "../../knowledge/api";
import { useRoute } from "../../router";
import { tabbedPages } from "../parts/tabbed_pages";
import { Articles } from "./articles/page";
import { Editor } from "./editor/page";
import { Gaps } from "./gaps/page";
import { useKnowledgeI18n } from "./i18n";
import { Imports } from "./imports/page";
import { Settings } from "./settings/page";
import { loadStyles } from "./styles";

export interface PageProps {
  readonly api: KnowledgeApi;
}

const TABS = [
  ["knowledge", "articles"],
  ["knowledge-import", "imports"],
  ["knowledge-gaps", "gaps"],
  ["knowledge-settings", "settings"],
] as const;

const page = tabbedPages({
  connect: (rest, project) => new KnowledgeApi(rest, project),
  loadStyles,
  useTabs: () => {
    const { t } = useKnowledgeI18n();
    const tabs = TABS.map(([section, name]) => [section, t(`knowledge.tab.${name}`)] as const);
    return { label: t("knowledge.pages"), tabs };
  },
});

export const ArticlesPage = page("knowledge", ArticlesOrOne);
export const ImportsPage = page("knowledge-import", Imports, { managers: true });
export const GapsPage = page("knowledge-gaps", Gaps, { managers: true });
export const KnowledgeSettingsPage = page("knowledge-settings", Settings);

/** The list, or the article of the address. */
function ArticlesOrOne({ api }: PageProps): JSX.Element {
  const route = useRoute();
  const item = route.name === "project settings" ? route.item : undefined;
  return item === undefined ? (
    <Articles api={api} />
  ) : (
    <Editor key={item} api={api} id={item === "new" ? null : item} />
  );
}
