/** Project › Assistant › Replay: the draft against recorded conversations; a turn opens with its steps. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Id, WorkflowReplay as Replayed } from "../../../../rest/types";
import { Card, SelectField, Wrong } from "../../parts/forms";
import { useRequest } from "../../parts/use_request";
import type { AssistantApi } from "../api";
import { useAssistantI18n } from "../i18n";
import { inOrder } from "../model/replay";
import type { PageProps } from "../pages";
import { OneTurn } from "../turns/one_turn";
import { Conversation } from "./conversation";
import type { Known } from "./outcomes";

const COUNTS = ["20", "50", "100"] as const;
type Count = (typeof COUNTS)[number];

interface Result {
  readonly replay: Replayed;
  readonly known: Known;
}

export function Replay({ api }: PageProps): JSX.Element {
  const { t } = useAssistantI18n();
  const [count, setCount] = useState<Count>("20");
  const [result, setResult] = useState<Result | null>(null);
  const [turn, setTurn] = useState<Id | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const left = useRef<Id | null>(null); // the turn that was open
  const doing = useRequest();
  useLayoutEffect(() => {
    if (turn === null && left.current !== null)
      list.current?.querySelector<HTMLElement>(`[data-turn="${left.current}"]`)?.focus();
    left.current = turn;
  }, [turn]);
  const run = (): void => void doing.run(async () => setResult(await replayed(api, Number(count))));
  return (
    <>
      {turn === null ? null : <OneTurn api={api} id={turn} back={t("replay.back")} onClose={() => setTurn(null)} />}
      <div hidden={turn !== null} ref={list}>
        <Card title={t("replay.title")} lead={t("replay.lead")}>
          <form
            class="replay-form"
            onSubmit={(event) => {
              event.preventDefault();
              run();
            }}
          >
            <SelectField
              label={t("replay.count")}
              value={count}
              onPick={setCount}
              choices={COUNTS.map((n) => [n, t("replay.count.n", { n })] as const)}
            />
            <button type="submit" class="button is-primary" disabled={doing.busy} aria-busy={doing.busy}>
              {doing.busy ? <span class="spinner" /> : null}
              {t("replay.run")}
            </button>
          </form>
          <Wrong problem={doing.problem} />
          <div role="status">{result === null ? null : <Summary of={result.replay} />}</div>
          {result === null || result.replay.compared === 0 ? null : <Found of={result} onTurn={setTurn} />}
        </Card>
      </div>
    </>
  );
}

function Summary({ of: { compared: n, changed, unknown } }: { readonly of: Replayed }): JSX.Element {
  const { t } = useAssistantI18n();
  if (n === 0) return <p class="nothing">{t("replay.none")}</p>;
  return (
    <>
      <p class="replay-result">{t("replay.result", { n, changed, unknown, same: n - changed - unknown })}</p>
      {unknown === 0 ? null : <p class="replay-lead">{t("replay.unknown.lead")}</p>}
    </>
  );
}

interface FoundProps {
  readonly of: Result;
  readonly onTurn: (id: Id) => void;
}

function Found({ of: { replay, known }, onTurn }: FoundProps): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <ul class="replay-list" aria-label={t("replay.list")}>
      {inOrder(replay.conversations).map((one, at) => (
        <Conversation key={one.conversation_id} of={one} known={known} open={one.changed && at < 3} onTurn={onTurn} />
      ))}
    </ul>
  );
}

async function replayed(api: AssistantApi, conversations: number): Promise<Result> {
  const [draft, settings] = await Promise.all([api.draft(), api.settings()]);
  const [replay, published] = await Promise.all([
    api.replay(draft.workflow, conversations),
    settings.published === null ? null : api.version(settings.published).catch(() => null),
  ]);
  const was = published === null ? [] : [published.workflow];
  return { replay, known: { recorded: [...was, draft.workflow], draft: [draft.workflow, ...was] } };
}
