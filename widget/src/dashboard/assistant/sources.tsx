/** Below an answer of the assistant: the articles that it cites. */

import type { JSX } from "preact";

import { sourcesOf } from "../../ui/sources";
import { LINK_REL } from "../../ui/links";
import type { Content } from "../../wire/frames";
import type { Translate } from "../texts/i18n";

interface SourcesProps {
  readonly content: Content | null | undefined;
  readonly t: Translate;
}

export function Sources({ content, t }: SourcesProps): JSX.Element | null {
  const sources = sourcesOf(content);
  if (sources.length === 0) return null;
  return (
    <div class="said-sources">
      <span>{t("sources")}</span>
      {sources.map(({ article, title, href }) =>
        href === null ? (
          <bdi key={article}>{title}</bdi>
        ) : (
          <a key={article} href={href} target="_blank" rel={LINK_REL} dir="auto">
            {title}
          </a>
        ),
      )}
    </div>
  );
}
