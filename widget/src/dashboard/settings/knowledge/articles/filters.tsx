/** The filters of the list: state, category, language, and a part of the title or the address. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Article, ArticleCounts, ArticleGroup } from "../../../../rest/types";
import type { ArticleFilter } from "../../../knowledge/api";
import { SelectField, TextField } from "../../parts/forms";
import { useKnowledgeI18n } from "../i18n";
import { languageName } from "../languages";

interface FiltersProps {
  readonly filter: ArticleFilter;
  readonly counts: ArticleCounts | null;
  readonly onChange: (filter: ArticleFilter) => void;
}

const STATES = ["draft", "published", "changed"] as const satisfies readonly Article["state"][];
const PAUSE = 250; // ms without a key, then the list is asked for
const [ALL, NONE] = ["all", "none"]; // a category has a prefix, so that it is neither of them

export function Filters({ filter, counts, onChange }: FiltersProps): JSX.Element {
  const { t, language } = useKnowledgeI18n();
  const [words, setWords] = useState(filter.text);
  useEffect(() => {
    if (words === filter.text) return undefined;
    const timer = setTimeout(() => onChange({ ...filter, text: words }), PAUSE);
    return () => clearTimeout(timer);
  }, [words, filter]);
  const counted = (text: string, n: number | undefined): string => (n === undefined ? text : `${text} (${n})`);
  return (
    <search class="filters is-four">
      <TextField label={t("articles.search")} type="search" value={words} onInput={setWords} most={200} />
      <SelectField
        label={t("articles.state")}
        value={filter.state}
        onPick={(state) => onChange({ ...filter, state })}
        choices={[
          ["", t("articles.state.all")],
          ...STATES.map((one) => [one, counted(t(`article.state.${one}`), counts?.[one])] as const),
        ]}
      />
      <SelectField
        label={t("article.category")}
        value={filter.category === null ? ALL : filter.category === "" ? NONE : `=${filter.category}`}
        onPick={(picked) =>
          onChange({ ...filter, category: picked === ALL ? null : picked === NONE ? "" : picked.slice(1) })
        }
        choices={[
          [ALL, t("articles.category.all")],
          ...withChosen(counts?.categories, filter.category).map(
            ({ name, articles }) =>
              (name === ""
                ? [NONE, counted(t("articles.category.none"), articles)]
                : [`=${name}`, counted(name, articles)]) as readonly [string, string],
          ),
        ]}
      />
      <SelectField
        label={t("article.language")}
        value={filter.language}
        onPick={(picked) => onChange({ ...filter, language: picked })}
        choices={[
          ["", t("articles.language.all")],
          ...withChosen(counts?.languages, filter.language === "" ? null : filter.language).map(
            ({ name, articles }) => [name, counted(languageName(name, language), articles)] as const,
          ),
        ]}
      />
    </search>
  );
}

/** The last article of the chosen one may have gone: the filter still says what it filters by. */
function withChosen(groups: readonly ArticleGroup[] | undefined, chosen: string | null): readonly ArticleGroup[] {
  const found = groups ?? [];
  return chosen === null || found.some(({ name }) => name === chosen)
    ? found
    : [...found, { name: chosen, articles: 0 }];
}
