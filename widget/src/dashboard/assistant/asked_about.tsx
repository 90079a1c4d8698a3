/** The article that the visitor asked about from, with a link to it. */

import type { JSX } from "preact";

import type { AskedArticle } from "../../rest/types";
import { To } from "../views/parts/to";
import { Icon } from "../views/parts/icons";
import { useAssistantI18n } from "./i18n";

export function AskedAbout({
  project,
  article,
}: {
  readonly project: string;
  readonly article: AskedArticle;
}): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <p class="asked-about">
      <Icon name="note" size={16} />
      {t("asked_about")}{" "}
      <To route={{ name: "project settings", project, section: "knowledge", item: article.id }}>
        <bdi>{article.title}</bdi>
      </To>
    </p>
  );
}
