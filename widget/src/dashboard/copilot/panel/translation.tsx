/** A visitor's message in the agent's language, with the original one click away. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useI18n, useWorkspace } from "../../views/hooks";
import { Text } from "../../views/messages/text";
import type { Message } from "../../state/model";
import { threadOf } from "../../state/threads";
import { useStyleSheet } from "../../settings/parts/style_sheet";
import { languageName, useCopilotI18n, worded } from "../i18n";
import { loadStyles } from "../styles";
import { useConversationCopilot } from "../use_client";
import { useOwnLanguage } from "./own_language";

const MAX_AUTOMATIC = 10; // of the last messages; older ones are translated when the agent asks

export interface TranslationProps {
  readonly conversation: string;
  readonly message: Message;
  readonly asked: boolean; // for this message; else all of the conversation are
}

export function Translation({ conversation, message, asked }: TranslationProps): JSX.Element {
  const { t, language } = useCopilotI18n();
  const { t: common } = useI18n();
  const { store } = useWorkspace();
  const copilot = useConversationCopilot(conversation);
  const into = useOwnLanguage();
  useStyleSheet(loadStyles);
  const [original, setOriginal] = useState(false);
  const found = copilot.translated(message.id, into);
  const ask = (): void => copilot.translate({ about: message.id, into, text: message.body });
  const { phase } = copilot;
  const loaded = copilot.client === null ? phase === "none" : copilot.state.loaded;
  useEffect(() => {
    if (found === null && loaded && (asked || isRecent(store, conversation, message.seq))) ask();
  }, [found === null, loaded, into, asked]);
  const done = found?.state === "done";
  return (
    <>
      <span lang={done && !original ? into : undefined}>
        <Text text={done && !original ? found.text : message.body} marked={false} t={common} />
      </span>
      <span class="cop-translation">
        {done ? (
          <>
            {original ? null : `${t("translated", { language: languageName(into, language) })} · `}
            <button type="button" class="link" onClick={() => setOriginal(!original)}>
              {t(original ? "show.translation" : "show.original")}
            </button>
          </>
        ) : found?.state === "failed" ? (
          <span role="alert">
            {worded(t, "failed", found.code, "failed.translation")}{" "}
            <button type="button" class="link" onClick={ask}>
              {t("again")}
            </button>
          </span>
        ) : found?.state === "waiting" ? (
          t("translating")
        ) : (
          <button type="button" class="link" onClick={ask}>
            {t("translate")}
          </button>
        )}
      </span>
    </>
  );
}

function isRecent(
  store: { readonly state: Parameters<typeof threadOf>[0] },
  conversation: string,
  seq: number,
): boolean {
  const theirs = threadOf(store.state, conversation).messages.filter(({ author }) => author.party === "visitor");
  return theirs.slice(-MAX_AUTOMATIC).some((one) => one.seq === seq);
}
