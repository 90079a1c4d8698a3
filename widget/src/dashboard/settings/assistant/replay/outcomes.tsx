/** Two outcomes of a turn side by side: what only one of them has carries a sign, words and a frame. */

import type { JSX } from "preact";

import type { ReplayedOutcome, ReplayedTool, ReplayedTurn } from "../../../../rest/types";
import { Icon } from "../../../views/parts/icons";
import { type Translate, useAssistantI18n, worded } from "../i18n";
import type { Workflow } from "../model/graph";
import { endings, type Marked, paths, tools } from "../model/replay";
import { ICONS, labelOf } from "../workflow/labels";

type Side = "recorded" | "draft";

/** The workflows that may have the steps of each side, the likelier one first. */
export type Known = Readonly<Record<Side, readonly Workflow[]>>;

interface OutcomesProps {
  readonly of: ReplayedTurn;
  readonly known: Known;
}

export function Outcomes({ of: { recorded, draft, changed, unknown }, known }: OutcomesProps): JSX.Element {
  const path = paths(recorded, draft);
  const used = tools(recorded, draft);
  const differs = endings(recorded, draft);
  const same = !changed && !unknown;
  return (
    <div class={same ? "replay-sides is-same" : "replay-sides"}>
      <Outcome
        side="recorded"
        of={recorded}
        path={path.recorded}
        used={used.recorded}
        differs={differs}
        known={known.recorded}
      />
      {same ? null : (
        <Outcome side="draft" of={draft} path={path.draft} used={used.draft} differs={differs} known={known.draft} />
      )}
    </div>
  );
}

interface OutcomeProps {
  readonly side: Side;
  readonly of: ReplayedOutcome;
  readonly path: readonly Marked<string>[];
  readonly used: readonly Marked<ReplayedTool>[];
  readonly differs: ReturnType<typeof endings>;
  readonly known: readonly Workflow[];
}

function Outcome({ side, of, path, used, differs, known }: OutcomeProps): JSX.Element {
  const { t } = useAssistantI18n();
  const title = t(`replay.${side}`);
  return (
    <section class="replay-side">
      <h4>{title}</h4>
      {path.length === 0 ? (
        <p class="nothing">{t("replay.path.none")}</p>
      ) : (
        <ol class="replay-path" aria-label={t("replay.path", { of: title })}>
          {path.map(({ one, alone }, at) => (
            <li key={at} class={alone ? "is-alone" : undefined}>
              <Step id={one} known={known} />
              {alone ? <Alone side={side} /> : null}
            </li>
          ))}
        </ol>
      )}
      {used.map(({ one, alone }, at) => (
        <p key={at} class={alone ? "replay-tool is-alone" : "replay-tool"}>
          <b>{worded(t, "flow.tool", one.tool)}</b> <span>{argumentsOf(one, t)}</span>
          {alone ? <Alone side={side} /> : null}
        </p>
      ))}
      {of.text === "" ? null : (
        <div class={differs.text ? "is-different" : undefined}>
          <blockquote>{of.text}</blockquote>
          {differs.text ? <Different /> : null}
        </div>
      )}
      <p class={differs.end ? "replay-end is-different" : "replay-end"}>
        {endOf(of, t)}
        {differs.end ? <Different /> : null}
      </p>
    </section>
  );
}

function Step({ id, known }: { readonly id: string; readonly known: readonly Workflow[] }): JSX.Element {
  const { t } = useAssistantI18n();
  const node = known.flatMap(({ nodes }) => nodes).find((one) => one.id === id);
  return (
    <span>
      <Icon name={node === undefined ? "question" : ICONS[node.type]} size={14} />{" "}
      {node === undefined ? id : labelOf(node, t)}
    </span>
  );
}

function Alone({ side }: { readonly side: Side }): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <small class="replay-alone">
      <span aria-hidden="true">{side === "draft" ? "+" : "−"}</span> {t(`replay.alone.${side}`)}
    </small>
  );
}

function Different(): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <small class="replay-alone">
      <span aria-hidden="true">≠</span> {t("replay.differs")}
    </small>
  );
}

function argumentsOf({ arguments: given }: ReplayedTool, t: Translate): string {
  return Object.entries(given)
    .map(
      ([name, value]) =>
        `${worded(t, "flow.argument", name)}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
    )
    .join(", ");
}

function endOf({ end, handoff, error }: ReplayedOutcome, t: Translate): string {
  const what = worded(t, "replay.end", end);
  if (handoff !== null && handoff !== "") return `${what} ${handoff}`;
  return error === "" ? what : `${what} ${worded(t, "turns.error", error)}`;
}
