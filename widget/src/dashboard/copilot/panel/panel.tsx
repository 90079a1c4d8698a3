/** The copilot beside the open conversation. Nothing of it reaches the visitor before the agent sends it. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { Problem } from "../../rest/api";
import { navigate } from "../../router";
import { useStyleSheet } from "../../settings/parts/style_sheet";
import { compose, openComposer } from "../../views/thread/open_composer";
import { Icon } from "../../views/parts/icons";
import { IconButton } from "../../views/parts/components";
import { useI18n, useInboxState, useWorkspace } from "../../views/hooks";
import { AskForm } from "../chat/ask_form";
import { Transcript } from "../chat/transcript";
import { useCopilotI18n, worded } from "../i18n";
import type { Message } from "../model/rest";
import type { Question } from "../model/session";
import { loadStyles } from "../styles";
import { useConversationCopilot } from "../use_client";
import { Actions } from "./actions";

export interface CopilotPanelProps {
  readonly conversation: string;
  readonly sheet: boolean; // over the conversation, not beside it
  readonly onClose: () => void;
}

export function CopilotPanel({ conversation, sheet, onClose }: CopilotPanelProps): JSX.Element {
  const { t } = useCopilotI18n();
  const { t: common } = useI18n();
  const { store, project } = useWorkspace();
  const copilot = useConversationCopilot(conversation);
  const styled = useStyleSheet(loadStyles);
  const row = useInboxState().entries.get(conversation)?.conversation;
  const pane = useRef<HTMLElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [note, setNote] = useState("");
  useFocus(pane, styled, onClose);
  const ask = (question: Question): void => {
    setProblem(null);
    setNote("");
    copilot.ask(question).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.temporary ? "away" : error.code);
    });
  };
  const closed = row?.ended === true || row?.withheld === true; // it has no composer
  const use = (answer: Message): void => {
    const composer = openComposer();
    const session = copilot.client?.session;
    if (composer?.conversation !== conversation || session === undefined) return;
    composer.put(answer.text, { session, message: answer.id, text: answer.text });
    setNote(t("used"));
    if (sheet) onClose();
    compose("text");
  };
  const { phase, client } = copilot;
  return (
    <aside
      class={`pane panel-pane cop-pane${sheet ? " is-sheet" : ""}`}
      ref={pane}
      tabIndex={-1}
      aria-label={common("copilot")}
    >
      <header class="cop-head">
        <Icon name="sparkle" size={18} />
        <h2>{common("copilot")}</h2>
        <IconButton
          icon="external"
          label={t("all.sessions")}
          onClick={() => navigate({ name: "copilot", project: project.id, place: client?.session ?? "" })}
        />
        <IconButton icon="close" label={t("close")} onClick={onClose} />
      </header>
      {styled ? (
        <>
          <Actions
            conversation={conversation}
            closed={closed}
            onAsk={ask}
            onNote={setNote}
            translating={store.state.translating.has(conversation)}
            onTranslating={(on) => store.dispatch({ type: "translate", conversation, on })}
          />
          {client !== null ? (
            <Transcript
              client={client}
              shown={({ about }) => about === null}
              onUse={closed ? undefined : use}
              posts={(draft) => (
                <p class="cop-bubble">
                  {t("posts.made")}{" "}
                  <button
                    type="button"
                    class="link"
                    onClick={() => navigate({ name: "copilot", project: project.id, place: `drafts/${draft}` })}
                  >
                    {t("posts.open")}
                  </button>
                </p>
              )}
              empty={<p class="cop-hint">{t("panel.hint")}</p>}
            />
          ) : (
            <div class="cop-transcript">
              {phase === "failed" ? (
                <p class="cop-line" role="alert">
                  {t("not.loaded")}{" "}
                  <button type="button" class="link" onClick={() => void copilot.look()}>
                    {t("retry")}
                  </button>
                </p>
              ) : (
                <p class="cop-hint">{t(phase === "looking" ? "loading" : "panel.hint")}</p>
              )}
            </div>
          )}
          <p class={problem === null ? "cop-status" : "cop-status is-failed"} role="status">
            {problem === null ? note : worded(t, "problem", problem, "problem.other")}
          </p>
          <AskForm placeholder={t("ask.conversation")} onAsk={(text) => ask({ text, intent: null })} />
        </>
      ) : null}
    </aside>
  );
}

/** The first button has the focus, and until it is drawn the panel; Escape closes the panel and returns to the reply. */
function useFocus(pane: { readonly current: HTMLElement | null }, ready: boolean, onClose: () => void): void {
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const first = ready ? pane.current?.querySelector<HTMLElement>(".cop-actions button") : null;
    (first ?? pane.current)?.focus();
  }, [ready]);
  // Before the next key: Escape outside of the panel would close the conversation.
  useLayoutEffect(() => {
    const element = pane.current;
    const typed = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      close.current();
    };
    element?.addEventListener("keydown", typed);
    return () => {
      element?.removeEventListener("keydown", typed);
      const inside = element?.contains(document.activeElement) === true || document.activeElement === document.body;
      if (inside) document.querySelector<HTMLElement>("[data-opens-copilot]")?.focus();
    };
  }, []);
}
