/** Project › Knowledge › Import: a form, and how far each import is. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { ArticleImport, Id } from "../../../../rest/types";
import { Shown, When } from "../../parts/components";
import { Card, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useRequest, useTouched } from "../../parts/use_request";
import { useKnowledgeI18n } from "../i18n";
import type { PageProps } from "../pages";
import { usePages } from "../use_pages";
import { isFruitless, reason } from "./reasons";
import { ImportForm } from "./form";
import { ImportedPages, WhyNothing } from "./imported_pages";

const POLL = 2_000; // ms, while an import is under way: a signal of the worker may be lost

export function Imports({ api }: PageProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const toast = useToast();
  const doing = useRequest();
  const [open, setOpen] = useState<Id | null>(null);
  const { loaded, more, showMore } = usePages<ArticleImport>(
    { fetch: (cursor) => api.imports(cursor), idOf: ({ id }) => id },
    [api],
  );
  useTouched(loaded, "article_imports");
  const running = loaded.value?.items.filter(isRunning).length ?? 0;
  useEffect(() => {
    if (running === 0) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void loaded.reload();
    }, POLL);
    return () => clearInterval(timer);
  }, [running > 0, loaded.reload]);
  const started = (fresh: ArticleImport): void => {
    loaded.set((now) => ({ ...now, items: [fresh, ...now.items.filter(({ id }) => id !== fresh.id)] }));
    setOpen(fresh.id);
  };
  const cancel = ({ id }: ArticleImport): void => {
    void doing.run(async () => {
      const fresh = await api.cancelImport(id);
      loaded.set((now) => ({ ...now, items: now.items.map((one) => (one.id === id ? fresh : one)) }));
      toast(t("import.cancelled"));
    });
  };
  return (
    <>
      <ImportForm api={api} onStarted={started} />
      <Card title={t("imports.title")} lead={t("imports.lead")}>
        <Wrong problem={doing.problem} />
        <Shown of={loaded}>
          {({ items, next_cursor }) => (
            <>
              <p class="sr-only" role="status">
                {items.length === 0 ? "" : running === 0 ? t("imports.ended") : t("imports.running", { n: running })}
              </p>
              {items.length === 0 ? <p class="nothing">{t("imports.none")}</p> : null}
              <ul class="items">
                {items.map((one) => (
                  <Import
                    key={one.id}
                    of={one}
                    open={one.id === open}
                    onOpen={() => setOpen(one.id === open ? null : one.id)}
                    onCancel={() => cancel(one)}
                    why={isFruitless(one) ? <WhyNothing api={api} of={one} /> : null}
                  >
                    <ImportedPages api={api} of={one} />
                  </Import>
                ))}
              </ul>
              <Wrong problem={more.problem} />
              {next_cursor === null ? null : (
                <button type="button" class="button" disabled={more.busy} onClick={showMore}>
                  {t("more")}
                </button>
              )}
            </>
          )}
        </Shown>
      </Card>
    </>
  );
}

const TAGS: Readonly<Record<ArticleImport["state"], string>> = {
  queued: "tag",
  running: "tag is-warn",
  done: "tag is-good",
  failed: "tag is-bad",
  cancelled: "tag",
};

function isRunning({ state }: ArticleImport): boolean {
  return state === "queued" || state === "running";
}

interface ImportProps {
  readonly of: ArticleImport;
  readonly open: boolean;
  readonly onOpen: () => void;
  readonly onCancel: () => void;
  readonly why: JSX.Element | null; // it brought in nothing
  readonly children: JSX.Element;
}

function Import({ of: given, open, onOpen, onCancel, why, children }: ImportProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const { kind, source, state, error, waiting, created, changed, unchanged, refused, created_at, created_by } = given;
  const done = created + changed + unchanged + refused;
  const all = done + waiting;
  const name = kind === "schedule" ? t("import.kind.schedule") : source;
  return (
    <li class="item import">
      <span class="item-text">
        <b>
          <bdi>{name}</bdi>
        </b>
        <span class="article-tags">
          {why === null ? (
            <span class={TAGS[state]}>{t(`import.state.${state}`)}</span>
          ) : (
            <span class="tag is-warn">{t("import.nothing")}</span>
          )}
          {kind === "schedule" ? null : <span class="tag">{t(`import.kind.${kind}`)}</span>}
          {given.category === "" ? null : <span class="tag">{given.category}</span>}
        </span>
        {isRunning(given) ? (
          <span class="preparation">
            <progress
              max={Math.max(1, all)}
              value={all === 0 ? undefined : done}
              aria-label={t("import.progress", { done, all })}
            />
            <span>{t("import.progress", { done, all })}</span>
          </span>
        ) : null}
        {all === 0 ? null : <small>{t("import.counts", { created, changed, unchanged, refused })}</small>}
        {error === "" ? null : <span class="why">{reason(error, t)}</span>}
        {why}
        <small>
          <When at={created_at} />
          {created_by === null ? null : ` · ${created_by.full_name}`}
        </small>
      </span>
      <span class="gap-actions">
        <button
          type="button"
          class="button is-small"
          aria-expanded={open}
          aria-label={t("import.pages.of", { source: name })}
          onClick={onOpen}
        >
          {t("import.pages")}
        </button>
        {isRunning(given) ? (
          <button
            type="button"
            class="button is-small"
            aria-label={t("import.cancel.of", { source: name })}
            onClick={onCancel}
          >
            {t("import.cancel")}
          </button>
        ) : null}
      </span>
      {open ? children : null}
    </li>
  );
}
