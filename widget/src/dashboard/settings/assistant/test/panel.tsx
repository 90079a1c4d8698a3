/** The test chat beside the canvas: the author writes as the visitor, and plays what the model and the tools answer. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../../../views/parts/icons";
import { Wrong } from "../../parts/forms";
import type { AssistantApi } from "../api";
import { useAssistantI18n, worded } from "../i18n";
import type { Entry, TestChat } from "../model/test_chat";
import { isQuiet } from "../model/test_chat";
import { labelOfTarget } from "../workflow/labels";
import type { Editor } from "../workflow/use_editor";
import { PlayForm } from "./play";
import { useTestChat } from "./use_test_chat";

interface TestChatPanelProps {
  readonly editor: Editor;
  readonly api: AssistantApi;
  readonly onActive: (node: string) => void;
}

export function TestChatPanel({ editor, api, onActive }: TestChatPanelProps): JSX.Element {
  const { t } = useAssistantI18n();
  const { chat, doing, write, play, restart } = useTestChat(api, editor.workflow, onActive);
  const log = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (log.current !== null) log.current.scrollTop = log.current.scrollHeight;
  }, [chat]);
  if (!editor.editable) return <p class="nothing">{t("managers.change")}</p>;
  return (
    <div class="test-chat">
      <p class="setting-hint">{t("test.lead")}</p>
      <ol class="test-log" ref={log} aria-live="polite" aria-label={t("test.log")}>
        {chat.entries.map((entry, index) => (
          <Line key={index} entry={entry} editor={editor} />
        ))}
      </ol>
      <Variables of={chat} />
      <Wrong problem={doing.problem} />
      {isQuiet(chat) ? (
        <Write busy={doing.busy} onWrite={write} />
      ) : (
        <PlayForm key={chat.entries.length} chat={chat} editor={editor} busy={doing.busy} onPlay={play} />
      )}
      {chat.entries.length === 0 ? null : (
        <div>
          <button type="button" class="button is-small" onClick={restart}>
            {t("test.restart")}
          </button>
        </div>
      )}
    </div>
  );
}

function Line({ entry, editor }: { readonly entry: Entry; readonly editor: Editor }): JSX.Element {
  const { t } = useAssistantI18n();
  const at = (node: string): JSX.Element => <b>{labelOfTarget(editor.workflow, node, t)}</b>;
  switch (entry.type) {
    case "visitor":
    case "assistant":
      return (
        <li class={`test-said is-${entry.type}`}>
          <small>{t(`test.${entry.type}`)}</small>
          <p>{entry.text}</p>
        </li>
      );
    case "step":
      return (
        <li class="test-step">
          <Icon name="arrow_down" size={14} />
          <span>
            {at(entry.step.node)} · {worded(t, "test.kind", entry.step.kind)}: {outcomeOf(entry.step.outcome, t)}
          </span>
        </li>
      );
    case "played":
      return (
        <li class="test-step is-played">
          <Icon name="play" size={14} />
          <span>{playedText(entry.received, t)}</span>
        </li>
      );
    case "over":
      return (
        <li class={`test-over is-${entry.effect.type}`}>
          {t(`test.over.${entry.effect.type}`)}
          {entry.effect.type === "handoff" && entry.effect.reason !== "" ? ` ${entry.effect.reason}` : ""}
          {entry.effect.type === "fail" ? ` ${worded(t, "turns.error", entry.effect.code)}` : ""}
        </li>
      );
    default:
      return entry satisfies never;
  }
}

/** A word of the engine, else the value or the name of a case as it is. */
export function outcomeOf(outcome: string, t: ReturnType<typeof useAssistantI18n>["t"]): string {
  const [word = "", rest] = outcome.split(": ");
  if (rest === undefined) return worded(t, "test.outcome", worded(t, "flow.tool", word));
  return `${worded(t, "test.outcome", worded(t, "flow.tool", word))}: ${worded(t, "test.outcome", rest)}`;
}

function playedText(
  received: Extract<Entry, { type: "played" }>["received"],
  t: ReturnType<typeof useAssistantI18n>["t"],
): string {
  switch (received.type) {
    case "replied": {
      const calls = (received.calls ?? []).map(
        ({ name, arguments: given }) => `${worded(t, "flow.tool", name)} ${given}`,
      );
      return [t("test.played.model"), received.text ?? "", ...calls].filter((one) => one !== "").join(" ");
    }
    case "ran":
      return `${t(received.ok ? "test.played.ok" : "test.played.failed")} ${received.words ?? ""}`;
    case "failed":
      return t("test.played.away");
    case "said":
      return "";
    default:
      return received satisfies never;
  }
}

function Variables({ of: { variables } }: { readonly of: TestChat }): JSX.Element | null {
  const { t } = useAssistantI18n();
  const known = Object.entries(variables);
  if (known.length === 0) return null;
  return (
    <dl class="test-variables" aria-label={t("test.variables")}>
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Write({ busy, onWrite }: { readonly busy: boolean; readonly onWrite: (text: string) => void }): JSX.Element {
  const { t } = useAssistantI18n();
  const [text, setText] = useState("");
  const submit = (event: Event): void => {
    event.preventDefault();
    if (text.trim() === "" || busy) return;
    onWrite(text.trim());
    setText("");
  };
  return (
    <form class="test-form" onSubmit={submit}>
      <label>
        {t("test.write")}
        <textarea
          class="input"
          rows={2}
          maxLength={2_000}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
          }}
        />
      </label>
      <div>
        <button type="submit" class="button is-small is-primary" disabled={busy} aria-busy={busy}>
          {t("test.send")}
        </button>
      </div>
    </form>
  );
}
