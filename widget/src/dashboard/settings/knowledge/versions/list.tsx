/** The versions of an article: compared with others, and restored. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Article, ArticleVersion } from "../../../../rest/types";
import type { KnowledgeApi } from "../../../knowledge/api";
import { Shown, When } from "../../parts/components";
import { Card, SelectField, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useLoaded, useRequest } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import { useKnowledgeI18n } from "../i18n";
import { usePages } from "../use_pages";
import { DiffView } from "./diff_view";

interface VersionsProps {
  readonly api: KnowledgeApi;
  readonly of: Article;
  readonly dirty: boolean; // the form has changes that are not saved
  readonly onRestored: () => Promise<void>;
}

export function Versions({ api, of: article, dirty, onRestored }: VersionsProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const { id, version, published_version } = article;
  const { loaded, more, showMore } = usePages<ArticleVersion>(
    { fetch: (cursor) => api.versions(id, cursor), idOf: ({ number }) => String(number) },
    [api, id],
  );
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) void loaded.reload();
    first.current = false;
  }, [version, published_version]);
  const [open, setOpen] = useState<number | null>(null);
  return (
    <Card title={t("versions.title")} lead={t("versions.lead")}>
      <Shown of={loaded}>
        {({ items, next_cursor }) => (
          <>
            <ol class="versions">
              {items.map((one) => (
                <Item
                  key={one.number}
                  of={one}
                  newest={one.number === version}
                  open={one.number === open}
                  onOpen={() => setOpen(one.number === open ? null : one.number)}
                >
                  <Compared
                    api={api}
                    of={article}
                    number={one.number}
                    first={next_cursor === null && one === items[items.length - 1]}
                    dirty={dirty}
                    onRestored={onRestored}
                  />
                </Item>
              ))}
            </ol>
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
  );
}

interface ItemProps {
  readonly of: ArticleVersion;
  readonly newest: boolean;
  readonly open: boolean;
  readonly onOpen: () => void;
  readonly children: JSX.Element;
}

function Item({ of: version, newest, open, onOpen, children }: ItemProps): JSX.Element {
  const { t, language } = useKnowledgeI18n();
  const { number, published, made_at, made_by, length } = version;
  return (
    <li class="version">
      <span class="item-text">
        <b>
          {t("version", { n: number })} {newest ? <span class="tag">{t("version.newest")}</span> : null}{" "}
          {published ? <span class="tag is-good">{t("version.published")}</span> : null}
        </b>
        <small>
          {made_by?.full_name ?? t("version.unknown")} · <When at={made_at} /> ·{" "}
          {t("version.length", { length: length.toLocaleString(language) })}
        </small>
      </span>
      <button
        type="button"
        class="button is-small"
        aria-expanded={open}
        aria-label={t("version.compare.of", { n: number })}
        onClick={onOpen}
      >
        {t("version.compare")}
      </button>
      {open ? children : null}
    </li>
  );
}

type Other = "before" | "newest" | "published";

interface ComparedProps extends VersionsProps {
  readonly number: number;
  readonly first: boolean; // there is none before it
}

function Compared({ api, of: article, number, first, dirty, onRestored }: ComparedProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const { manager } = useProject();
  const toast = useToast();
  const doing = useRequest();
  const { id, version, published_version } = article;
  const others: Other[] = first ? [] : ["before"];
  if (number !== version) others.push("newest");
  if (published_version !== null && published_version !== number && published_version !== version)
    others.push("published");
  const [picked, setOther] = useState<Other | null>(null);
  const other = picked !== null && others.includes(picked) ? picked : others[0];
  const against = other === "newest" ? version : other === "published" ? (published_version ?? 0) : 0;
  const [older, newer] = against === 0 ? [0, number] : [Math.min(against, number), Math.max(against, number)];
  const loaded = useLoaded(() => api.diff(id, older, newer), [api, id, older, newer]);
  const restore = (): void => {
    void doing.run(async () => {
      const fresh = await api.restore(id, number, version);
      await onRestored();
      toast(t("version.restored", { n: number, version: fresh.version }));
    });
  };
  return (
    <div class="version-compared">
      {other === undefined ? (
        <p class="nothing">{t("version.only")}</p>
      ) : (
        <>
          <SelectField
            label={t("version.against")}
            value={other}
            onPick={setOther}
            choices={others.map((one) => [one, t(`version.against.${one}`)] as const)}
          />
          <Shown of={loaded}>{(diff) => <DiffView of={diff} />}</Shown>
        </>
      )}
      <Wrong problem={doing.problem} />
      {manager && number !== version ? (
        <div class="card-foot">
          <button type="button" class="button" disabled={doing.busy || dirty} onClick={restore}>
            {t("version.restore", { n: number })}
          </button>
          {dirty ? <span class="setting-hint">{t("version.restore.dirty")}</span> : null}
        </div>
      ) : null}
    </div>
  );
}
