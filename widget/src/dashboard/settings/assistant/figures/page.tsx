/** Project › Assistant › Figures: how much it answers, what it costs, and where conversations end. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Shown } from "../../parts/components";
import { Card, SelectField } from "../../parts/forms";
import { useLoaded } from "../../parts/use_request";
import type { AssistantDay as FigureDay, AssistantFigures as FiguresOf } from "../../../../rest/types";
import type { AssistantApi } from "../api";
import { useAssistantI18n, worded } from "../i18n";
import type { Workflow } from "../model/graph";
import type { PageProps } from "../pages";
import { costText } from "../turns/money";
import { labelOfTarget } from "../workflow/labels";
import { DayChart } from "./chart";

const PERIODS = ["7", "30", "90"] as const;

interface Read {
  readonly figures: FiguresOf;
  readonly workflow: Workflow; // the draft: for the names of steps
}

export function Figures({ api }: PageProps): JSX.Element {
  const { t } = useAssistantI18n();
  const [days, setDays] = useState<(typeof PERIODS)[number]>("30");
  const loaded = useLoaded(() => read(api, Number(days)), [api, days]);
  return (
    <>
      <div class="filters">
        <SelectField
          label={t("figures.period")}
          value={days}
          onPick={setDays}
          choices={PERIODS.map((n) => [n, t("figures.days", { n })] as const)}
        />
      </div>
      <Shown of={loaded}>
        {({ figures, workflow }) => (
          <>
            <Totals of={figures} />
            <Card title={t("figures.per_day")}>
              <DayChart days={figures.days} />
              <DayTable days={figures.days} />
            </Card>
            <Counts
              title={t("figures.reasons")}
              none={t("figures.reasons.none")}
              counts={figures.reasons.map(({ reason, count }) => [worded(t, "figures.reason", reason), count] as const)}
            />
            <Counts
              title={t("figures.ends")}
              none={t("figures.ends.none")}
              counts={figures.ends.map(({ node, count }) => [nameOf(workflow, node, t), count] as const)}
            />
          </>
        )}
      </Shown>
    </>
  );
}

async function read(api: AssistantApi, days: number): Promise<Read> {
  const [figures, draft] = await Promise.all([api.figures(days), api.draft()]);
  return { figures, workflow: draft.workflow };
}

function nameOf(workflow: Workflow, node: string, t: ReturnType<typeof useAssistantI18n>["t"]): string {
  if (node === "") return t("turns.prompt");
  return workflow.nodes.some(({ id }) => id === node)
    ? labelOfTarget(workflow, node, t)
    : t("figures.gone", { id: node });
}

function Totals({ of: figures }: { readonly of: FiguresOf }): JSX.Element {
  const { t, language } = useAssistantI18n();
  const sum = (of: (day: FigureDay) => number): number => figures.days.reduce((total, day) => total + of(day), 0);
  const ms = (n: number | null): string => (n === null ? "—" : t("turns.ms", { n: n.toLocaleString(language) }));
  const totals = [
    [t("figures.turns"), figures.turns.toLocaleString(language)],
    [t("figures.resolved"), figures.resolved.toLocaleString(language)],
    [t("figures.handed_over"), figures.handed_over.toLocaleString(language)],
    [t("figures.failed"), sum(({ failed }) => failed).toLocaleString(language)],
    [t("figures.first_p50"), ms(figures.first_ms_p50)],
    [t("figures.first_p95"), ms(figures.first_ms_p95)],
    [t("turns.tokens"), sum((day) => day.prompt_tokens + day.answer_tokens).toLocaleString(language)],
    [
      t("turns.cost"),
      costText(
        sum(({ cost }) => cost),
        language,
      ),
    ],
  ] as const;
  return (
    <Card title={t("figures.totals")}>
      <dl class="numbers">
        {totals.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function DayTable({ days }: { readonly days: readonly FigureDay[] }): JSX.Element {
  const { t, language } = useAssistantI18n();
  return (
    <details>
      <summary>{t("figures.table")}</summary>
      <div class="figures-table" tabIndex={0} role="group" aria-label={t("figures.per_day")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("figures.day")}</th>
              <th scope="col">{t("figures.turns")}</th>
              <th scope="col">{t("figures.failed")}</th>
              <th scope="col">{t("figures.interrupted")}</th>
              <th scope="col">{t("turns.tokens")}</th>
              <th scope="col">{t("turns.cost")}</th>
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <tr key={day.day}>
                <th scope="row">{day.day}</th>
                <td>{day.turns.toLocaleString(language)}</td>
                <td>{day.failed.toLocaleString(language)}</td>
                <td>{day.interrupted.toLocaleString(language)}</td>
                <td>{(day.prompt_tokens + day.answer_tokens).toLocaleString(language)}</td>
                <td>{costText(day.cost, language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

interface CountsProps {
  readonly title: string;
  readonly none: string;
  readonly counts: readonly (readonly [string, number])[];
}

function Counts({ title, none, counts }: CountsProps): JSX.Element {
  const { language } = useAssistantI18n();
  const most = Math.max(1, ...counts.map(([, count]) => count));
  return (
    <Card title={title}>
      {counts.length === 0 ? (
        <p class="nothing">{none}</p>
      ) : (
        <ul class="figures-counts">
          {counts.map(([name, count]) => (
            <li key={name}>
              <span>{name}</span>
              <meter min={0} max={most} value={count} aria-hidden="true" />
              <b>{count.toLocaleString(language)}</b>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
