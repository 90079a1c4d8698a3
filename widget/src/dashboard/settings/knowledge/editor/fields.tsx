/** The fields of an article: its title, language, category, address, and text. */

import type { JSX } from "preact";
import { useId, useMemo, useState } from "preact/hooks";

import { Field, SelectField, TextField, useFieldError } from "../../parts/forms";
import type { RequestState } from "../../parts/use_request";
import { useKnowledgeI18n } from "../i18n";
import { languageChoices } from "../languages";
import { type Draft, type Field as FieldName, faultsOf } from "./draft";
import { TextEditor } from "./text";

export interface Fields {
  readonly fields: JSX.Element;
  /** Call it on submit: whether the draft can be sent; else the fields show why not. */
  readonly ready: () => boolean;
}

interface FieldsOptions {
  readonly draft: Draft;
  readonly doing: RequestState;
  readonly categories: readonly string[];
  readonly set: (change: Partial<Draft>) => void;
}

export function useFields({ draft, doing, categories, set }: FieldsOptions): Fields {
  const { t, language } = useKnowledgeI18n();
  const [submitted, setSubmitted] = useState(false);
  const refused = useFieldError(doing.problem);
  const list = useId();
  const [opened] = useState(draft.language);
  const languages = useMemo(
    () => languageChoices([opened, draft.language], language),
    [opened, draft.language, language],
  );
  const faults = faultsOf(draft);
  const error = (field: FieldName): string | null => {
    const fault = submitted ? faults.get(field) : undefined;
    if (fault !== undefined) return t(`fault.${fault}`);
    const said = refused(field);
    return said !== null && field === "url" ? t("fault.not_a_url") : said;
  };
  const fields = (
    <>
      <TextField
        label={t("article.title")}
        value={draft.title}
        onInput={(title) => set({ title })}
        most={200}
        error={error("title")}
      />
      <div class="article-fields">
        <SelectField
          label={t("article.language")}
          hint={t("article.language.hint")}
          value={draft.language}
          onPick={(picked) => set({ language: picked })}
          choices={languages}
        />
        <Field label={t("article.category")} hint={t("article.category.hint")} error={error("category")}>
          {(given) => (
            <>
              <input
                {...given}
                class="input"
                type="text"
                list={list}
                maxLength={50}
                autocomplete="off"
                value={draft.category}
                onInput={(event) => set({ category: event.currentTarget.value })}
              />
              <datalist id={list}>
                {categories
                  .filter((name) => name !== "")
                  .map((name) => (
                    <option key={name} value={name} />
                  ))}
              </datalist>
            </>
          )}
        </Field>
        <TextField
          label={t("article.url")}
          hint={t("article.url.hint")}
          value={draft.url}
          onInput={(url) => set({ url })}
          most={2_000}
          placeholder="https://"
          error={error("url")}
        />
      </div>
      <TextEditor
        title={draft.title}
        language={draft.language}
        value={draft.content}
        onInput={(content) => set({ content })}
        error={error("content")}
      />
    </>
  );
  const ready = (): boolean => {
    setSubmitted(faults.size > 0);
    return faults.size === 0;
  };
  return { fields, ready };
}
