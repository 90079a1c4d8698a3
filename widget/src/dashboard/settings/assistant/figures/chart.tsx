/** Turns per day as bars. The table below it says the same in numbers. */

import type { JSX } from "preact";

import type { AssistantDay as FigureDay } from "../../../../rest/types";
import { useAssistantI18n } from "../i18n";
import { barsOf, ceiling, HEIGHT, WIDTH } from "./bars";

const LEFT = 44; // units for the scale
const BOTTOM = 24;

export function DayChart({ days }: { readonly days: readonly FigureDay[] }): JSX.Element {
  const { t, language } = useAssistantI18n();
  const top = ceiling(days);
  const total = days.reduce((sum, { turns }) => sum + turns, 0);
  const lines = [0, top / 2, top].filter(Number.isInteger);
  const [first, last] = [days[0]?.day ?? "", days[days.length - 1]?.day ?? ""];
  return (
    <figure class="figures-chart">
      <svg
        viewBox={`0 -8 ${WIDTH + LEFT} ${HEIGHT + BOTTOM + 8}`}
        role="img"
        aria-label={t("figures.chart", { n: total.toLocaleString(language), first, last })}
      >
        {lines.map((value) => {
          const y = HEIGHT - (value / top) * HEIGHT;
          return (
            <g key={value}>
              <line x1={LEFT} x2={LEFT + WIDTH} y1={y} y2={y} class="figures-line" />
              <text x={LEFT - 8} y={y + 4} text-anchor="end">
                {value.toLocaleString(language)}
              </text>
            </g>
          );
        })}
        {barsOf(days).map(({ day, x, width, good, bad }) => (
          <g key={day}>
            <rect x={LEFT + x} y={good.y} width={width} height={good.height} class="figures-good" />
            <rect x={LEFT + x} y={bad.y} width={width} height={bad.height} class="figures-bad" />
          </g>
        ))}
        <text x={LEFT} y={HEIGHT + 18}>
          {first}
        </text>
        <text x={LEFT + WIDTH} y={HEIGHT + 18} text-anchor="end">
          {last}
        </text>
      </svg>
      <figcaption>
        <span class="figures-key is-good" /> {t("figures.good")} <span class="figures-key is-bad" /> {t("figures.bad")}
      </figcaption>
    </figure>
  );
}
