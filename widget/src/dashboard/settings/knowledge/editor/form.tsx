/** The form of an article. Another manager may change, publish or delete it while it is open. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Article, ArticleDetails } from "../../../../rest/types";
import type { KnowledgeApi } from "../../../knowledge/api";
import { navigate } from "../../../router";
import { useSession } from "../../../views/session";
import { Confirm, Note, When } from "../../parts/components";
import { Card, Submit, submitting, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { forgetUnsaved, useUnsaved } from "../../parts/unsaved";
import { type Loaded, useRequest } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import { useKnowledgeI18n } from "../i18n";
import { Preparation, StateTag } from "../state";
import { changeOf, type Draft, draftOf, FIELDS } from "./draft";
import { useFields } from "./fields";
import { useSaveKey } from "./keys";
import { focusFault } from "./new";
import { Stale } from "./stale";

interface FormProps {
  readonly api: KnowledgeApi;
  readonly loaded: Loaded<ArticleDetails>;
  readonly saved: ArticleDetails; // as the server has it now
  readonly categories: readonly string[];
  readonly onDirty: (dirty: boolean) => void;
}

export function Form({ api, loaded, saved, categories, onDirty }: FormProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const { project } = useProject();
  const { user } = useSession();
  const toast = useToast();
  const doing = useRequest();
  const [base, setBase] = useState(saved); // the version that the draft was made from
  const [draft, setDraft] = useState<Draft>(() => draftOf(saved, saved.content));
  const [deleting, setDeleting] = useState(false);
  const { fields, ready } = useFields({
    draft,
    doing,
    categories,
    set: (change) => setDraft((now) => ({ ...now, ...change })),
  });
  const dirty = Object.keys(changeOf(draftOf(base, base.content), draft)).length > 0;
  const behind = saved.version > base.version && !doing.busy; // while saving it may be our own
  const gone = loaded.problem?.code === "not_found";
  useUnsaved(dirty && !gone);
  useEffect(() => onDirty(dirty), [dirty]);
  const take = (theirs: ArticleDetails): void => {
    setBase(theirs);
    setDraft(draftOf(theirs, theirs.content));
    doing.clear();
  };
  useEffect(() => {
    if (!behind || dirty) return;
    take(saved);
    if (saved.changed_by?.id !== user.id) toast(t("article.newer"));
  }, [behind, dirty]);
  useEffect(() => {
    if (doing.problem?.code === "stale" || doing.problem?.code === "not_found") void loaded.reload();
  }, [doing.problem]);

  const settle = (fresh: Article, content: string): void =>
    loaded.set((now) => ({ ...now, ...fresh, content: fresh.version < now.version ? now.content : content }));
  /** All fields are sent: over another manager's version, what one keeps is what one saw. What was typed meanwhile stays. */
  const saveNow = async (version: number): Promise<Article> => {
    const sent = draft;
    const fresh = await api.change(base.id, { version, ...sent });
    setBase((now) => ({ ...now, ...fresh, content: sent.content }));
    setDraft((now) => (now === sent ? draftOf(fresh, sent.content) : now));
    settle(fresh, sent.content);
    return fresh;
  };
  const save = (version: number): void => {
    void doing.run(async () => {
      const fresh = await saveNow(version);
      toast(t("article.saved", { n: fresh.version }));
    });
  };
  const publish = (): void => {
    void doing.run(async () => {
      const { version } = dirty ? await saveNow(base.version) : base;
      settle(await api.publish(base.id, version), draft.content);
      toast(t("article.published", { n: version }));
    });
  };
  const unpublish = (): void => {
    void doing.run(async () => {
      settle(await api.unpublish(base.id), base.content);
      toast(t("article.unpublished"));
    });
  };
  const remove = async (): Promise<void> => {
    await api.delete(base.id);
    forgetUnsaved();
    toast(t("article.deleted", { title: base.title }));
    navigate({ name: "project settings", project: project.id, section: "knowledge" }, "replace");
  };

  const publishable = dirty || saved.state !== "published" || saved.preparation?.state === "failed";
  return (
    <Card title={base.title} lead={<Lead of={saved} />}>
      <form
        class="article-editor"
        onSubmit={submitting(() => save(base.version), ready)}
        onKeyDown={useSaveKey()}
        noValidate
      >
        {fields}
        {gone ? <Note kind="warn">{t("article.gone")}</Note> : null}
        {behind && dirty ? (
          <Stale
            api={api}
            base={base.version}
            theirs={saved}
            onTake={() => take(saved)}
            onKeep={() => (ready() ? save(saved.version) : undefined)}
          />
        ) : gone ? null : (
          <Wrong problem={doing.problem} besides={FIELDS} />
        )}
        <Submit label={t("article.save")} busy={doing.busy} disabled={!dirty || behind || gone}>
          <button
            type="button"
            class="button"
            disabled={!publishable || behind || gone || doing.busy}
            onClick={(event) => (ready() ? publish() : focusFault(event.currentTarget.form))}
          >
            {t(dirty ? "article.save.publish" : "article.publish")}
          </button>
          {saved.published_version === null ? null : (
            <button type="button" class="button" disabled={gone || doing.busy} onClick={unpublish}>
              {t("article.unpublish")}
            </button>
          )}
          {dirty ? (
            <button type="button" class="button is-quiet" disabled={doing.busy} onClick={() => take(saved)}>
              {t("article.discard")}
            </button>
          ) : null}
          <button
            type="button"
            class="button is-quiet-danger article-delete"
            disabled={gone || doing.busy}
            onClick={() => setDeleting(true)}
          >
            {t("article.delete")}
          </button>
        </Submit>
      </form>
      {deleting ? (
        <Confirm
          title={t("article.delete.of", { title: base.title })}
          lead={t("article.delete.lead")}
          action={t("article.delete")}
          onClose={() => setDeleting(false)}
          onConfirm={remove}
        />
      ) : null}
    </Card>
  );
}

/** Its state, and what readers think of it. */
function Lead({ of: article }: { readonly of: ArticleDetails }): JSX.Element {
  const { t } = useKnowledgeI18n();
  const { state, version, published_version, changed_at, changed_by, helpful, unhelpful } = article;
  return (
    <span class="article-lead">
      <StateTag state={state} />
      <span>
        {state === "changed" && published_version !== null
          ? t("article.version.published", { n: version, published: published_version })
          : t("version", { n: version })}
        {" · "}
        {changed_by === null ? t("article.changed") : t("article.changed.by", { name: changed_by.full_name })}{" "}
        <When at={changed_at} />
        {helpful + unhelpful === 0 ? null : ` · ${t("article.helpful", { helpful, answers: helpful + unhelpful })}`}
      </span>
      <Preparation of={article} />
    </span>
  );
}
