/** The head of the window: whose chat it is, who answers, and whether anybody is there. */

import type { Widget } from "../widget";
import { Down } from "./icons";

export function Header({ widget, titleId }: { widget: Widget; titleId: string }) {
  const { texts, settings, chat, agents } = widget;
  const assignee = chat.state.conversation?.assignee_name;
  const name = settings?.name ?? texts.chat;
  const state = assignee ? texts.withYou(assignee) : agents > 0 ? texts.online : texts.away;
  return (
    <header class="head">
      <span class="face" aria-hidden="true">
        {initials(assignee ?? name)}
        <i class={agents > 0 ? "dot on" : "dot"} />
      </span>
      <div class="who">
        <h2 id={titleId}>{name}</h2>
        <p>{state}</p>
      </div>
      <button class="round" type="button" aria-label={texts.closeChat} onClick={() => widget.close()}>
        <Down />
      </button>
    </header>
  );
}

/** One or two letters for somebody without a picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : ""].map(
    (word) => Array.from(word ?? "")[0] ?? "",
  );
  return letters.join("").toUpperCase();
}
