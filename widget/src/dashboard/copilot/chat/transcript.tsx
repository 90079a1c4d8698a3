/** What was asked and answered in a session, with the turn that runs. */

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Turn } from "../../../chat/stream";
import { copyText } from "../../store/clipboard";
import { useI18n } from "../../views/hooks";
import { Text } from "../../views/messages/text";
import { Dots } from "../../views/parts/components";
import { Icon } from "../../views/parts/icons";
import type { SessionClient } from "../client";
import { languageName, type Translate, useCopilotI18n, worded } from "../i18n";
import type { Message } from "../model/rest";
import { type Asked, type Question, questionOf } from "../model/session";

const NEAR_END = 60; // CSS pixels from the end that count as being at the end
const COPIED_DURATION = 2_000; // ms

interface TranscriptProps {
  readonly client: SessionClient;
  readonly shown?: (message: Pick<Message, "about">) => boolean; // none: all
  /** Takes a text over into the composer; none: there is no composer. */
  readonly onUse?: ((answer: Message) => void) | undefined;
  /** Below an answer that has made posts. */
  readonly posts: (draft: string, newest: boolean) => ComponentChildren;
  readonly empty: ComponentChildren;
}

export function Transcript({ client, shown = () => true, onUse, posts, empty }: TranscriptProps): JSX.Element {
  const { t } = useCopilotI18n();
  const { state } = client;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const before = useRef({ height: 0, first: 0 });
  const messages = state.messages.filter(shown);
  const asked = state.asked.filter(({ question }) => shown({ about: question.about ?? null }));
  const turns = state.streams.turns.filter(({ turn }) => {
    const number = state.running[turn]?.number;
    const question = state.messages.find((one) => one.number === number);
    return question === undefined || shown(question);
  });
  const first = messages[0]?.number ?? 0;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    if (atEnd.current) element.scrollTop = element.scrollHeight;
    else if (first < before.current.first) element.scrollTop += element.scrollHeight - before.current.height;
    before.current = { height: element.scrollHeight, first };
  });
  const nothing = state.loaded && messages.length + asked.length + turns.length === 0;
  const drafts = new Map(messages.flatMap((one) => (one.role === "copilot" && one.draft ? [[one.draft, one]] : [])));
  return (
    <div
      class="cop-transcript"
      ref={box}
      tabIndex={0}
      role="log"
      aria-label={t("transcript")}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
      }}
    >
      {state.older !== null ? (
        <button type="button" class="link cop-older" onClick={() => client.older()}>
          {t("older")}
        </button>
      ) : null}
      {!state.loaded ? <NotYet client={client} t={t} /> : nothing ? empty : null}
      {messages.map((one) =>
        one.role === "agent" ? (
          <Asking key={one.number} message={one} client={client} t={t} />
        ) : (
          <Answer key={one.number} message={one} client={client} onUse={onUse} t={t}>
            {one.draft === null ? null : posts(one.draft, drafts.get(one.draft) === one)}
          </Answer>
        ),
      )}
      {asked.map((one) => (
        <Unsent key={one.ref} asked={one} client={client} t={t} />
      ))}
      {turns.map((turn) => (
        <RunningTurn key={turn.turn} turn={turn} client={client} t={t} />
      ))}
    </div>
  );
}

function NotYet({ client, t }: { readonly client: SessionClient; readonly t: Translate }): JSX.Element {
  if (!client.state.problem) return <p class="cop-line">{t("loading")}</p>;
  return (
    <p class="cop-line" role="alert">
      {t("not.loaded")}{" "}
      <button type="button" class="link" onClick={() => client.reload()}>
        {t("retry")}
      </button>
    </p>
  );
}

interface PartProps {
  readonly client: SessionClient;
  readonly t: Translate;
}

/** What the agent has asked, and why there is no answer. */
function Asking({ message, client, t }: PartProps & { readonly message: Message }): JSX.Element {
  const failure = client.state.failures[message.number];
  return (
    <div class="cop-asked">
      <Label of={message} t={t} />
      <p class="cop-bubble" dir="auto">
        {message.text}
      </p>
      {message.state === "waiting" ? <span class="cop-foot">{t("waiting")}</span> : null}
      {message.state === "stopped" ? <span class="cop-foot">{t("was.stopped")}</span> : null}
      {message.state === "failed" ? (
        <p class="cop-foot is-failed" role="alert">
          <Icon name="alert" size={14} />
          <span>{worded(t, "failed", failure?.code ?? "other", "failed.other")}</span>
          {failure?.retryable === false ? null : (
            <button type="button" class="link" onClick={() => client.ask(again(message))}>
              {t("again")}
            </button>
          )}
        </p>
      ) : null}
    </div>
  );
}

/** Not stored yet, or refused. */
function Unsent({ asked, client, t }: PartProps & { readonly asked: Asked }): JSX.Element {
  const { text, intent, into = "", tone = "" } = asked.question;
  return (
    <div class="cop-asked">
      <Label of={{ intent: intent ?? "", into, tone }} t={t} />
      <p class="cop-bubble is-unsent" dir="auto">
        {text}
      </p>
      {asked.refused === null ? (
        <span class="cop-foot">{t(asked.tries > 0 ? "busy.waiting" : "sending")}</span>
      ) : (
        <p class="cop-foot is-failed" role="alert">
          <Icon name="alert" size={14} />
          <span>{worded(t, "refused", asked.refused, "refused.refused")}</span>
          <button type="button" class="link" onClick={() => client.again(asked.ref)}>
            {t("again")}
          </button>
          <button type="button" class="link" onClick={() => client.forget(asked.ref)}>
            {t("discard")}
          </button>
        </p>
      )}
    </div>
  );
}

/** "Rewrite: shorter" above a text that is not a question of the agent's. */
function Label({ of, t }: { readonly of: Pick<Message, "intent" | "into" | "tone">; readonly t: Translate }) {
  const { language } = useCopilotI18n();
  const { intent, into, tone } = of;
  if (intent === "translate" && into !== "")
    return <span class="cop-label">{t("label.translate", { language: languageName(into, language) })}</span>;
  if (intent === "rewrite" && tone !== "")
    return <span class="cop-label">{t("label.rewrite", { tone: t(toneKey(tone)) })}</span>;
  return null;
}

export const TONES = ["shorter", "friendlier", "more formal", "free of spelling mistakes"] as const;

function toneKey(tone: string) {
  const known = TONES.find((one) => one === tone);
  return known === undefined ? ("tone.other" as const) : (`tone.${known}` as const);
}

interface AnswerProps extends PartProps {
  readonly message: Message;
  readonly onUse: ((answer: Message) => void) | undefined;
  readonly children: ComponentChildren;
}

function Answer({ message, client, onUse, t, children }: AnswerProps): JSX.Element {
  const { t: common } = useI18n();
  const question = questionOf(client.state, message);
  const usable = onUse !== undefined && ["draft_reply", "rewrite", "translate"].includes(message.intent);
  return (
    <div class="cop-answer">
      <span class="sr-only">{t("copilot.says")}</span>
      {children ?? (
        <div class="cop-bubble" dir="auto">
          <Text text={message.text} marked={false} t={common} />
        </div>
      )}
      <div class="cop-foot">
        {message.state === "stopped" ? <span>{t("was.stopped")}</span> : null}
        {usable ? (
          <button type="button" class="button is-small is-primary cop-use" onClick={() => onUse(message)}>
            {t("use")}
          </button>
        ) : null}
        {children === null ? <Copy text={message.text} t={t} /> : null}
        {question === undefined ? null : (
          <button type="button" class="button is-small is-quiet" onClick={() => client.ask(again(question))}>
            {t("again")}
          </button>
        )}
      </div>
    </div>
  );
}

export function Copy({ text, t }: { readonly text: string; readonly t: Translate }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    if (!(await copyText(text))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_DURATION);
  };
  return (
    <button type="button" class="button is-small is-quiet" onClick={() => void copy()}>
      <span aria-live="polite">{t(copied ? "copied" : "copy")}</span>
    </button>
  );
}

/** Not announced while it grows: its answer is. */
function RunningTurn({ turn, client, t }: PartProps & { readonly turn: Turn }): JSX.Element {
  const { t: common } = useI18n();
  const [stopping, setStopping] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  // The focus does not go with the button.
  useLayoutEffect(
    () => () => {
      if (button.current !== null && button.current === document.activeElement)
        button.current.closest<HTMLElement>(".cop-transcript")?.focus();
    },
    [],
  );
  return (
    <div class="cop-answer is-running" aria-live="off" aria-busy="true">
      <span class="sr-only">{t("copilot.writes")}</span>
      <div class="cop-bubble" dir="auto">
        {turn.text === "" ? <Dots /> : <Text text={turn.text} marked={false} t={common} />}
      </div>
      <div class="cop-foot">
        <span>{turn.text === "" ? worded(t, "stage", turn.stage, "stage.thinking") : t("stage.writing")}</span>
        {turn.over ? null : (
          <button
            type="button"
            class="button is-small cop-stop"
            aria-disabled={stopping}
            ref={button}
            onClick={() => stopping || setStopping(client.stop(turn.turn))}
          >
            {t(stopping ? "stopping" : "stop")}
          </button>
        )}
      </div>
    </div>
  );
}

/** The same question once more. */
function again({ text, intent, draft, about, into, tone }: Message): Question {
  const known = INTENTS.find((one) => one === intent) ?? null;
  return { text, intent: known, draft: known === "social_edit" ? draft : null, about, into, tone };
}

const INTENTS = ["draft_reply", "ask", "summarise", "translate", "rewrite", "social_create", "social_edit"] as const;
