/** One turn of the assistant: what it cost, and step by step what was sent and what came back. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import type { Id, TurnDetails, TurnStep } from "../../../../rest/types";
import { Shown, When } from "../../parts/components";
import { To } from "../../../views/parts/to";
import { Card } from "../../parts/forms";
import { useLoaded } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import type { AssistantApi } from "../api";
import { useAssistantI18n, worded } from "../i18n";
import type { Workflow } from "../model/graph";
import { passagesIn } from "../model/passages";
import { outcomeOf } from "../test/panel";
import { labelOfTarget } from "../workflow/labels";
import { costText } from "./money";
import { StateTag } from "./state";

interface OneTurnProps {
  readonly api: AssistantApi;
  readonly id: Id;
  readonly back: string; // where `onClose` leads
  readonly onClose: () => void;
}

interface Read {
  readonly turn: TurnDetails;
  readonly workflow: Workflow | null; // the version that it followed: for the names of its steps
}

export function OneTurn({ api, id, back: label, onClose }: OneTurnProps): JSX.Element {
  const { t } = useAssistantI18n();
  const back = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => back.current?.focus(), []);
  const loaded = useLoaded(async (): Promise<Read> => {
    const turn = await api.turn(id);
    const version = turn.workflow === 0 ? null : await api.version(turn.workflow).catch(() => null);
    return { turn, workflow: version?.workflow ?? null };
  }, [api, id]);
  return (
    <Card title={t("turns.one")}>
      <div>
        <button type="button" class="button is-small" ref={back} onClick={onClose}>
          {label}
        </button>
      </div>
      <Shown of={loaded}>
        {({ turn, workflow }) => (
          <>
            <Facts of={turn} />
            <Steps steps={turn.steps} workflow={workflow} />
          </>
        )}
      </Shown>
    </Card>
  );
}

function Facts({ of: turn }: { readonly of: TurnDetails }): JSX.Element {
  const { t, language } = useAssistantI18n();
  const { project } = useProject();
  const number = (n: number): string => n.toLocaleString(language);
  const facts: readonly (readonly [string, JSX.Element | string | null])[] = [
    [t("turns.state"), <StateTag key="state" state={turn.state} />],
    [t("turns.intent"), turn.intent !== "" ? worded(t, "turns.intent", turn.intent) : null],
    [t("turns.error"), turn.error !== "" ? worded(t, "turns.error", turn.error) : null],
    [
      t("turns.conversation"),
      <To key="to" class="link" route={{ name: "inbox", project: project.id, conversation: turn.conversation_id }}>
        {turn.message_seq === null ? t("turns.to") : t("turns.to.message", { n: turn.message_seq })}
      </To>,
    ],
    [t("turns.began"), <When key="began" at={turn.created_at} />],
    [
      t("turns.duration"),
      turn.ended_at === null ? null : t("turns.ms", { n: number(turn.ended_at - turn.created_at) }),
    ],
    [t("turns.first"), turn.first_ms === null ? null : t("turns.ms", { n: number(turn.first_ms) })],
    [t("turns.follows"), turn.workflow === 0 ? t("turns.prompt") : t("flow.version", { n: turn.workflow })],
    [t("turns.model"), [turn.provider, turn.model].filter((one) => one !== "").join(" · ") || null],
    [
      t("turns.tokens"),
      `${t("turns.tokens.both", { sent: number(turn.prompt_tokens), got: number(turn.answer_tokens) })}${
        turn.estimated ? ` (${t("turns.estimated")})` : ""
      }`,
    ],
    [t("turns.cost"), costText(turn.cost, language)],
    [t("turns.attempt"), turn.attempt > 1 ? number(turn.attempt) : null],
    [t("turns.stopped_by"), turn.stopped_by !== "" ? worded(t, "turns.by", turn.stopped_by) : null],
  ];
  return (
    <dl class="facts turn-facts">
      {facts.map(([name, value]) =>
        value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

interface StepsProps {
  readonly steps: readonly TurnStep[];
  readonly workflow: Workflow | null;
}

function Steps({ steps, workflow }: StepsProps): JSX.Element {
  const { t } = useAssistantI18n();
  if (steps.length === 0) return <p class="nothing">{t("turns.steps.none")}</p>;
  return (
    <ol class="turn-steps" aria-label={t("turns.steps")}>
      {steps.map((step) => (
        <Step key={step.number} of={step} workflow={workflow} />
      ))}
    </ol>
  );
}

function Step({ of: step, workflow }: { readonly of: TurnStep; readonly workflow: Workflow | null }): JSX.Element {
  const { t, language } = useAssistantI18n();
  const known = workflow?.nodes.some(({ id }) => id === step.node) === true;
  const tokens = step.prompt_tokens + step.answer_tokens;
  return (
    <li>
      <p>
        <b>{known && workflow !== null ? labelOfTarget(workflow, step.node, t) : step.node || t("turns.prompt")}</b>{" "}
        <span class="tag">{worded(t, "turns.kind", step.kind)}</span>
        {step.outcome === "" ? null : (
          <> {step.kind === "intent" ? worded(t, "turns.intent", step.outcome) : outcomeOf(step.outcome, t)}</>
        )}
      </p>
      <Articles of={step} />
      <small>
        {t("turns.ms", { n: step.ms.toLocaleString(language) })}
        {tokens === 0 ? null : ` · ${t("turns.tokens.n", { n: tokens.toLocaleString(language) })}`}
      </small>
      <Data title={t("turns.sent")} value={step.sent} />
      <Data title={t("turns.received")} value={step.received} />
    </li>
  );
}

/** What a search has found, each part under the number of its article. */
function Articles({ of: step }: { readonly of: TurnStep }): JSX.Element | null {
  const { t } = useAssistantI18n();
  const found = step.kind === "search" ? passagesIn(step.received) : [];
  if (found.length === 0) return null;
  return (
    <ul class="turn-articles" aria-label={t("turns.articles")}>
      {found.map(({ number, title, heading }, at) => (
        <li key={at}>
          [{number}] {title}
          {heading === "" ? null : <small> {heading}</small>}
        </li>
      ))}
    </ul>
  );
}

function Data({ title, value }: { readonly title: string; readonly value: string }): JSX.Element | null {
  if (value === "") return null;
  return (
    <details>
      <summary>{title}</summary>
      <pre class="snippet">{readable(value)}</pre>
    </details>
  );
}

/** JSON on several lines; other texts as they are. */
function readable(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
