/** One conversation of a replay: its turns, each as it was and as the draft would do it. */

import type { JSX } from "preact";

import type { Id, ReplayedConversation, ReplayedTurn } from "../../../../rest/types";
import { To } from "../../../views/parts/to";
import { useProject } from "../../project/use_project";
import { useAssistantI18n } from "../i18n";
import { type Verdict, verdictOf } from "../model/replay";
import { type Known, Outcomes } from "./outcomes";

interface ConversationProps {
  readonly of: ReplayedConversation;
  readonly known: Known;
  readonly open: boolean;
  readonly onTurn: (id: Id) => void;
}

export function Conversation({ of: one, known, open, onTurn }: ConversationProps): JSX.Element {
  const { t } = useAssistantI18n();
  const { project } = useProject();
  const count = one.turns.length;
  return (
    <li>
      <details open={open}>
        <summary>
          <VerdictTag of={verdictOf(one)} /> <b>{one.visitor_name}</b>{" "}
          <small>{count === 1 ? t("replay.turns.1") : t("replay.turns", { n: count })}</small>
        </summary>
        <To class="link" route={{ name: "inbox", project: project.id, conversation: one.conversation_id }}>
          {t("replay.open")}
        </To>
        <ol class="replay-turns">
          {one.turns.map((turn, at) => (
            <Turn key={turn.turn_id} of={turn} n={at + 1} known={known} onTurn={onTurn} />
          ))}
        </ol>
      </details>
    </li>
  );
}

interface TurnProps {
  readonly of: ReplayedTurn;
  readonly n: number;
  readonly known: Known;
  readonly onTurn: (id: Id) => void;
}

function Turn({ of: turn, n, known, onTurn }: TurnProps): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <li class="replay-turn">
      <div class="replay-turn-head">
        <h3>{t("replay.turn", { n })}</h3>
        <VerdictTag of={verdictOf(turn)} />
        <button type="button" class="button is-small" data-turn={turn.turn_id} onClick={() => onTurn(turn.turn_id)}>
          {t("replay.details", { n })}
        </button>
      </div>
      <div class="replay-said">
        <small>{t("replay.visitor")}</small>
        {turn.texts.map((text, at) => (
          <blockquote key={at}>{text}</blockquote>
        ))}
      </div>
      {turn.articles.length === 0 ? null : (
        <p class="replay-articles">
          <small>{t("replay.articles")}</small> {turn.articles.join(", ")}
        </p>
      )}
      <Outcomes of={turn} known={known} />
    </li>
  );
}

const TAGS: Readonly<Record<Verdict, string>> = { changed: "tag is-warn", unknown: "tag", same: "tag is-good" };

function VerdictTag({ of: verdict }: { readonly of: Verdict }): JSX.Element {
  const { t } = useAssistantI18n();
  return <span class={TAGS[verdict]}>{t(`replay.${verdict}`)}</span>;
}
