/** The bubble of the assistant's running turn, with a button that stops it. Not announced while it grows: its message
 *  is. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Turn } from "../../chat/stream";
import { Text } from "../views/messages/text";
import { useI18n, useWorkspace } from "../views/hooks";
import { Dots, Face } from "../views/parts/components";
import { useAssistantI18n } from "./i18n";

const STOP_AGAIN = 5_000; // ms until the agent can try again

interface LiveTurnProps {
  readonly conversation: string;
  readonly turn: Turn;
}

export function LiveTurn({ conversation, turn }: LiveTurnProps): JSX.Element {
  const { store } = useWorkspace();
  const { t: common } = useI18n();
  const { t } = useAssistantI18n();
  const button = useRef<HTMLButtonElement>(null);
  const [stopping, setStopping] = useState(false);
  useEffect(() => {
    if (!stopping) return undefined;
    const timer = setTimeout(() => setStopping(false), STOP_AGAIN);
    return () => clearTimeout(timer);
  }, [stopping]);
  // The focus does not go with the button.
  useLayoutEffect(
    () => () => {
      if (button.current !== null && button.current === document.activeElement)
        button.current.closest<HTMLElement>(".timeline")?.focus();
    },
    [turn.over],
  );
  const name = turn.author?.name || common("assistant");
  const stage = turn.stage === "searching" || turn.stage === "writing" ? turn.stage : "thinking";
  return (
    <div class="said is-team is-first is-last is-running" aria-live="off">
      <Face id={turn.author?.id ?? ""} name={name} ai={common("ai")} size="small" />
      <div class="said-body">
        <span class="said-name" aria-hidden="true">
          <bdi>{name}</bdi>
          {name.endsWith(` ${common("ai")}`) ? null : <span class="chip">{common("ai")}</span>}
        </span>
        <span class="sr-only">{t("live", { name })}</span>
        <div class="bubble" dir="auto">
          {turn.text === "" ? <Dots /> : <Text text={turn.text} marked t={common} />}
        </div>
        <span class="said-foot">
          {turn.text === "" ? t(stage) : null}
          {turn.over ? null : (
            <button
              type="button"
              class="link live-stop"
              aria-label={t("stop.label")}
              aria-disabled={stopping}
              ref={button}
              onClick={() => stopping || setStopping(store.ownership.stop(conversation, turn.turn))}
            >
              {t(stopping ? "stopping" : "stop")}
            </button>
          )}
        </span>
      </div>
    </div>
  );
}
