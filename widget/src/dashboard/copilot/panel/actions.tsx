/** The buttons of the copilot's panel: a reply, a summary, another wording, and translations both ways. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Icon } from "../../views/parts/icons";
import { Menu } from "../../views/parts/menu";
import { Switch } from "../../views/parts/switch";
import { openComposer } from "../../views/thread/open_composer";
import { useInboxState } from "../../views/hooks";
import { TONES } from "../chat/transcript";
import { languageName, useCopilotI18n } from "../i18n";
import { baseOf, LANGUAGES } from "../languages";
import type { Question } from "../model/session";
import { useOwnLanguage } from "./own_language";

interface ActionsProps {
  readonly conversation: string;
  readonly closed: boolean; // nothing can be sent there any more
  readonly translating: boolean;
  readonly onTranslating: (on: boolean) => void;
  readonly onAsk: (question: Question) => void;
  readonly onNote: (text: string) => void;
}

export function Actions({
  conversation,
  closed,
  translating,
  onTranslating,
  onAsk,
  onNote,
}: ActionsProps): JSX.Element {
  const { t, language } = useCopilotI18n();
  const state = useInboxState();
  const own = useOwnLanguage();
  const [menu, setMenu] = useState<"rewrite" | "translate" | null>(null);
  const visitor = state.entries.get(conversation)?.conversation.visitor.id;
  const theirs = baseOf(visitor === undefined ? "" : (state.visitors.get(visitor)?.language ?? ""));
  /** Asks with what the agent has written so far. */
  const withText = (question: Omit<Question, "text">): void => {
    const composer = openComposer();
    const text = composer?.conversation === conversation ? composer.text().trim() : "";
    if (text === "") return onNote(t("no.text"));
    onAsk({ ...question, text });
  };
  const toggle = (name: "rewrite" | "translate"): void => setMenu(menu === name ? null : name);
  const close = (): void => setMenu(null);
  return (
    <div class="cop-actions">
      <button
        type="button"
        class="button is-small is-primary"
        disabled={closed}
        onClick={() => onAsk({ text: t("suggest.text"), intent: "draft_reply" })}
      >
        <Icon name="sparkle" size={16} />
        {t("suggest")}
      </button>
      <button
        type="button"
        class="button is-small"
        onClick={() => onAsk({ text: t("summarise.text"), intent: "summarise" })}
      >
        {t("summarise")}
      </button>
      <span class="menu-anchor">
        <button
          type="button"
          class="button is-small"
          disabled={closed}
          aria-haspopup="listbox"
          aria-expanded={menu === "rewrite"}
          onClick={() => toggle("rewrite")}
        >
          {t("rewrite")}
          <Icon name="down" size={14} />
        </button>
        {menu === "rewrite" ? (
          <Menu
            label={t("rewrite")}
            choices={TONES.map((tone) => ({ id: tone, label: t(`make.${tone}`) }))}
            onPick={(tone) => {
              close();
              withText({ intent: "rewrite", tone });
            }}
            onClose={close}
          />
        ) : null}
      </span>
      <span class="menu-anchor">
        <button
          type="button"
          class="button is-small"
          disabled={closed}
          aria-haspopup="listbox"
          aria-expanded={menu === "translate"}
          onClick={() => toggle("translate")}
        >
          {t("translate.reply")}
          <Icon name="down" size={14} />
        </button>
        {menu === "translate" ? (
          <Menu
            label={t("translate.reply")}
            filter={t("translate.find")}
            choices={[...new Set([...(theirs === "" ? [] : [theirs]), ...LANGUAGES])].map((tag) => ({
              id: tag,
              label: languageName(tag, language),
              ...(tag === theirs ? { hint: t("translate.theirs") } : {}),
            }))}
            onPick={(into) => {
              close();
              withText({ intent: "translate", into });
            }}
            onClose={close}
          />
        ) : null}
      </span>
      <Switch
        label={t("translate.live", { language: languageName(own, language) })}
        lead={t("translate.live.lead")}
        on={translating}
        onChange={onTranslating}
      />
    </div>
  );
}
