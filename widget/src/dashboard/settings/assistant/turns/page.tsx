/** Project › Assistant › Turns: what the assistant did; one of them opens with its steps. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Id, Turn } from "../../../../rest/types";
import { Shown, When } from "../../parts/components";
import { Card, SelectField, Wrong } from "../../parts/forms";
import { useLoaded, useRequest } from "../../parts/use_request";
import { useAssistantI18n, worded } from "../i18n";
import type { PageProps } from "../pages";
import { OneTurn } from "./one_turn";
import { StateTag } from "./state";

export const STATES = ["running", "completed", "interrupted", "failed"] as const;
type State = (typeof STATES)[number] | "";

export function Turns({ api }: PageProps): JSX.Element {
  const { t } = useAssistantI18n();
  const [open, setOpen] = useState<Id | null>(null);
  const [state, setState] = useState<State>("");
  return open === null ? (
    <List api={api} state={state} onState={setState} onOpen={setOpen} />
  ) : (
    <OneTurn api={api} id={open} back={t("turns.back")} onClose={() => setOpen(null)} />
  );
}

interface ListProps extends PageProps {
  readonly state: State;
  readonly onState: (state: State) => void;
  readonly onOpen: (id: Id) => void;
}

function List({ api, state, onState, onOpen }: ListProps): JSX.Element {
  const { t } = useAssistantI18n();
  const doing = useRequest();
  const loaded = useLoaded(() => api.turns(state, null), [api, state]);
  const more = (cursor: string): void => {
    void doing.run(async () => {
      const next = await api.turns(state, cursor);
      loaded.set((now) => ({ ...next, items: [...now.items, ...next.items] }));
    });
  };
  return (
    <Card title={t("turns.title")} lead={t("turns.lead")}>
      <div class="filters">
        <SelectField
          label={t("turns.state")}
          value={state}
          onPick={onState}
          choices={[["", t("turns.state.all")], ...STATES.map((one) => [one, t(`turns.state.${one}`)] as const)]}
        />
      </div>
      <Shown of={loaded}>
        {({ items, next_cursor }) =>
          items.length === 0 ? (
            <p class="nothing">{t("turns.none")}</p>
          ) : (
            <>
              <ul class="items">
                {items.map((turn) => (
                  <Row key={turn.id} of={turn} onOpen={() => onOpen(turn.id)} />
                ))}
              </ul>
              <Wrong problem={doing.problem} />
              {next_cursor === null ? null : (
                <button type="button" class="button" disabled={doing.busy} onClick={() => more(next_cursor)}>
                  {t("more")}
                </button>
              )}
            </>
          )
        }
      </Shown>
    </Card>
  );
}

function Row({ of: turn, onOpen }: { readonly of: Turn; readonly onOpen: () => void }): JSX.Element {
  const { t, language } = useAssistantI18n();
  const { created_at, prompt_tokens, answer_tokens, model, error, workflow } = turn;
  return (
    <li class="item">
      <span class="item-text">
        <b>
          <StateTag state={turn.state} /> {workflow === 0 ? t("turns.prompt") : t("flow.version", { n: workflow })}
        </b>
        {error === "" ? null : <span class="why">{worded(t, "turns.error", error)}</span>}
        <small>
          <When at={created_at} />
          {model === "" ? null : ` · ${model}`}
          {` · ${t("turns.tokens.n", { n: (prompt_tokens + answer_tokens).toLocaleString(language) })}`}
        </small>
      </span>
      <button type="button" class="button is-small" onClick={onOpen}>
        {t("turns.open")}
      </button>
    </li>
  );
}
