/** The header of the window: project name, agent, and whether agents are online. */

import { initials } from "../../ui/initials";
import type { WidgetView } from "../view";
import { agentsOnline } from "./agents";
import { icon } from "./icons";

export function Header({ widget, titleId }: { widget: WidgetView; titleId: string }) {
  const { texts, settings, chat } = widget;
  const agents = agentsOnline(widget);
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
        <h2 id={titleId} dir="auto">
          {name}
        </h2>
        <p>{state}</p>
      </div>
      <button class="round" type="button" aria-label={texts.closeChat} onClick={() => widget.close()}>
        {icon(widget.paths.down, 22)}
      </button>
    </header>
  );
}
