/** Project › Knowledge › Gaps: what visitors asked that no article covers, and what became of it. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { Id, KnowledgeGap, KnowledgeGapPage } from "../../../../rest/types";
import { useRoute } from "../../../router";
import { Shown, When } from "../../parts/components";
import { To } from "../../../views/parts/to";
import { Card, SelectField, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useRequest, useTouched } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import { useKnowledgeI18n } from "../i18n";
import { languageName } from "../languages";
import type { PageProps } from "../pages";
import { usePages } from "../use_pages";
import { Writing } from "./writing";

type State = KnowledgeGap["state"];

const STATES = ["open", "written", "dismissed"] as const satisfies readonly State[];

export function Gaps({ api }: PageProps): JSX.Element {
  const route = useRoute();
  const item = route.name === "project settings" ? route.item : undefined;
  return item === undefined ? <List api={api} /> : <Writing key={item} api={api} id={item} />;
}

function List({ api }: PageProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const toast = useToast();
  const doing = useRequest();
  const [state, setState] = useState<State>("open");
  const counts = useRef<KnowledgeGapPage | null>(null); // of the answer that came last: they stay while a list is loaded
  const { loaded, more, showMore } = usePages<KnowledgeGap>(
    {
      fetch: async (cursor) => {
        counts.current = await api.gaps(state, cursor);
        return counts.current;
      },
      idOf: ({ id }) => id,
    },
    [api, state],
  );
  useTouched(loaded, "knowledge_gaps");
  const list = useRef<HTMLUListElement>(null);
  const decide = (gap: KnowledgeGap, what: "dismiss" | "reopen"): void => {
    void doing.run(async () => {
      await api.decideGap(gap.id, what);
      await loaded.reload();
      toast(t(`gap.${what}.done`));
      list.current?.focus(); // its row is gone
    });
  };
  return (
    <Card title={t("gaps.title")} lead={t("gaps.lead")}>
      <div class="filters">
        <SelectField
          label={t("gaps.state")}
          value={state}
          onPick={setState}
          choices={STATES.map((one) => {
            const n = counts.current?.[one];
            return [one, n === undefined ? t(`gaps.state.${one}`) : `${t(`gaps.state.${one}`)} (${n})`] as const;
          })}
        />
      </div>
      <Wrong problem={doing.problem} />
      <Shown of={loaded}>
        {({ items, next_cursor }) => (
          <>
            <p class="sr-only" role="status">
              {t(next_cursor === null ? "gaps.count" : "gaps.count.more", { n: items.length })}
            </p>
            {items.length === 0 ? <p class="nothing">{t(`gaps.none.${state}`)}</p> : null}
            <ul class="items" ref={list} tabIndex={-1}>
              {items.map((gap) => (
                <Gap key={gap.id} of={gap} busy={doing.busy} onDecide={(what) => decide(gap, what)} />
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
  );
}

interface GapProps {
  readonly of: KnowledgeGap;
  readonly busy: boolean;
  readonly onDecide: (what: "dismiss" | "reopen") => void;
}

function Gap({ of: gap, busy, onDecide }: GapProps): JSX.Element {
  const { t, language } = useKnowledgeI18n();
  const { project } = useProject();
  const { id, question, asked, state, article_id, last_at, examples } = gap;
  const settings = (section: string, item: Id) =>
    ({ name: "project settings", project: project.id, section, item }) as const;
  const said = (what: "dismiss" | "reopen"): JSX.Element => (
    <button
      type="button"
      class="button is-small"
      disabled={busy}
      aria-label={t(`gap.${what}.of`, { question })}
      onClick={() => onDecide(what)}
    >
      {t(`gap.${what}`)}
    </button>
  );
  return (
    <li class="item gap">
      <span class="gap-count">
        <b>{asked.toLocaleString(language)}×</b>
        <span class="sr-only">{t("gap.asked", { n: asked })}</span>
      </span>
      <span class="item-text">
        <b dir="auto">{question}</b>
        <small>
          {t("gap.last")} <When at={last_at} />
          {gap.language === "" ? null : ` · ${languageName(gap.language, language)}`}
        </small>
        {examples.length === 0 ? null : (
          <small class="gap-examples">
            {t(examples.length === 1 ? "gap.examples.one" : "gap.examples")}{" "}
            {examples.map(({ conversation_id, at }) => (
              <To
                key={conversation_id}
                route={{ name: "inbox", project: project.id, conversation: conversation_id }}
                class="link"
              >
                <span class="sr-only">{t("gap.example")} </span>
                <When at={at} />
              </To>
            ))}
          </small>
        )}
      </span>
      <span class="gap-actions">
        {state === "open" ? (
          <>
            <To route={settings("knowledge-gaps", id)} class="button is-small is-primary">
              <span aria-hidden="true">{t("gap.write")}</span>
              <span class="sr-only">{t("gap.write.of", { question })}</span>
            </To>
            {said("dismiss")}
          </>
        ) : (
          <>
            {article_id === null ? null : (
              <To route={settings("knowledge", article_id)} class="button is-small">
                {t("gap.article")}
              </To>
            )}
            {said("reopen")}
          </>
        )}
      </span>
    </li>
  );
}
