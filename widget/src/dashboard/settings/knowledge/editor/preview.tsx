/** An article as visitors read it. A long text is drawn once the keys rest. */

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { parseArticle } from "../../../../ui/article";
import { articleElements } from "../../../../ui/article_elements";
import { useKnowledgeI18n } from "../i18n";

interface PreviewProps {
  readonly title: string;
  readonly language: string;
  readonly content: string;
}

const LONG = 10_000; // UTF-16 units
const PAUSE = 300; // ms
const TITLE_LEVEL = 3; // of its heading: the page has one, and the card

export function Preview({ title, language, content }: PreviewProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const shown = useRested(content);
  const elements = useMemo(() => articleElements(parseArticle(shown, TITLE_LEVEL)), [shown]);
  return (
    <section class="article" lang={language} dir="auto" aria-label={t("editor.preview")} tabIndex={0}>
      {title.trim() === "" ? null : <h3>{title}</h3>}
      {shown.trim() === "" ? <p class="nothing">{t("editor.preview.empty")}</p> : elements}
    </section>
  );
}

function useRested(content: string): string {
  const [rested, setRested] = useState(content);
  const long = content.length > LONG;
  useEffect(() => {
    if (!long) return undefined;
    const timer = setTimeout(() => setRested(content), PAUSE);
    return () => clearTimeout(timer);
  }, [content, long]);
  return long ? rested : content;
}
