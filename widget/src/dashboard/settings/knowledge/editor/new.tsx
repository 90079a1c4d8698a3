/** A new article: created as a draft, or published at once. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { Article } from "../../../../rest/types";
import type { KnowledgeApi } from "../../../knowledge/api";
import { Problem } from "../../../rest/api";
import { navigate } from "../../../router";
import { Card, Submit, submitting, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { forgetUnsaved, useUnsaved } from "../../parts/unsaved";
import { useLoaded, useRequest } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import { useKnowledgeI18n } from "../i18n";
import { type Draft, FIELDS } from "./draft";
import { useFields } from "./fields";
import { useSaveKey } from "./keys";

interface NewFormProps {
  readonly api: KnowledgeApi;
  readonly title?: string; // a draft of it
  readonly language?: string;
  readonly onMade?: (article: Article) => Promise<void>;
}

export function NewForm({ api, title = "", language = "", onMade }: NewFormProps): JSX.Element {
  const { t, language: mine } = useKnowledgeI18n();
  const { project } = useProject();
  const toast = useToast();
  const doing = useRequest();
  const counts = useLoaded(() => api.counts(), [api]);
  const categories = useMemo(() => counts.value?.categories.map(({ name }) => name) ?? [], [counts.value]);
  const [empty] = useState<Draft>({ title, language: language || mine, category: "", url: "", content: "" });
  const [draft, setDraft] = useState(empty);
  const { fields, ready } = useFields({
    draft,
    doing,
    categories,
    set: (change) => setDraft((now) => ({ ...now, ...change })),
  });
  useUnsaved(FIELDS.some((field) => draft[field] !== empty[field]));
  const create = (publish: boolean): void => {
    void doing.run(async () => {
      const made = await api.create(draft);
      forgetUnsaved(); // it is saved from here on, also if it cannot be published
      try {
        await onMade?.(made);
        if (publish) await api.publish(made.id, made.version);
        toast(t(publish ? "article.published" : "article.created", { n: made.version }));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        toast(t("article.created.only"));
      }
      navigate({ name: "project settings", project: project.id, section: "knowledge", item: made.id }, "replace");
    });
  };
  const save = submitting(() => create(false), ready);
  return (
    <Card title={t("articles.new")} lead={t("article.new.lead")}>
      <form class="article-editor" onSubmit={save} onKeyDown={useSaveKey()} noValidate>
        {fields}
        <Wrong problem={doing.problem} besides={FIELDS} />
        <Submit label={t("article.create")} busy={doing.busy}>
          <button
            type="button"
            class="button"
            disabled={doing.busy}
            onClick={(event) => (ready() ? create(true) : focusFault(event.currentTarget.form))}
          >
            {t("article.create.publish")}
          </button>
        </Submit>
      </form>
    </Card>
  );
}

export function focusFault(form: HTMLFormElement | null): void {
  setTimeout(() => form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}
