/** What changed between two versions: the fields, and the lines of the text. Signs and words say it beside colour. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { ArticleDiff, ArticleDiffPart, ArticleFieldDiff } from "../../../../rest/types";
import { useKnowledgeI18n } from "../i18n";
import { languageName } from "../languages";

const MAX_LINES = 200; // of a part, until the rest is asked for
const SIGNS = { added: "+", removed: "−", same: "" } as const;

export function DiffView({ of: { fields, parts, added, removed, coarse } }: { readonly of: ArticleDiff }): JSX.Element {
  const { t } = useKnowledgeI18n();
  const text = added + removed > 0;
  return (
    <div class="diff">
      <p class="diff-count">
        {text ? `${t("diff.added", { n: added })} · ${t("diff.removed", { n: removed })}` : t("diff.no_lines")}
      </p>
      {coarse ? <p class="setting-hint">{t("diff.coarse")}</p> : null}
      {fields.length === 0 ? null : <Fields fields={fields} />}
      {text ? (
        <ol class="diff-parts">
          {parts.map((part) => (
            <Part key={`${part.op} ${part.older_line} ${part.newer_line}`} of={part} />
          ))}
        </ol>
      ) : null}
    </div>
  );
}

function Fields({ fields }: { readonly fields: readonly ArticleFieldDiff[] }): JSX.Element {
  const { t, language } = useKnowledgeI18n();
  const shown = (field: ArticleFieldDiff["field"], value: string): string =>
    value === "" ? t("diff.empty") : field === "language" ? languageName(value, language) : value;
  return (
    <dl class="diff-fields">
      {fields.map(({ field, older, newer }) => (
        <div key={field}>
          <dt>{t(`article.${field}`)}</dt>
          <dd>
            <span class="sr-only">{t("diff.before")} </span>
            <del>{shown(field, older)}</del> <span aria-hidden="true">→</span>{" "}
            <span class="sr-only">{t("diff.after")} </span>
            <ins>{shown(field, newer)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Part({ of: { op, older_line, newer_line, count, lines } }: { readonly of: ArticleDiffPart }): JSX.Element {
  const { t } = useKnowledgeI18n();
  const [whole, setWhole] = useState(false);
  if (op === "skipped") return <li class="diff-skipped">{t("diff.skipped", { n: count })}</li>;
  const first = op === "removed" ? older_line : newer_line;
  const shown = whole ? lines : lines.slice(0, MAX_LINES);
  return (
    <li class={`diff-part is-${op}`}>
      <span class="sr-only">{t(`diff.part.${op}`, { n: count, line: first })}</span>
      {shown.map((line, index) => (
        <span class="diff-line" key={index}>
          <span class="diff-number" aria-hidden="true">
            {first + index}
          </span>
          <span class="diff-sign" aria-hidden="true">
            {SIGNS[op]}
          </span>
          <Line op={op} text={line} />
        </span>
      ))}
      {shown.length === lines.length ? null : (
        <button type="button" class="button is-small" onClick={() => setWhole(true)}>
          {t("diff.rest", { n: lines.length - shown.length })}
        </button>
      )}
    </li>
  );
}

function Line({ op, text }: { readonly op: "added" | "removed" | "same"; readonly text: string }): JSX.Element {
  if (op === "added") return <ins dir="auto">{text}</ins>;
  return op === "removed" ? <del dir="auto">{text}</del> : <span dir="auto">{text}</span>;
}
