/** The bubble of a running turn: its text grows, and it can be stopped. Not announced while it grows: the message is,
 *  once it is there. */

import type { VNode } from "preact";
import type { Turn } from "../../chat/stream";
import { LINK_REL, pieces } from "../../ui/links";
import type { Rich } from "../parts/markdown";
import type { WidgetView } from "../view";
import { Face, speaker } from "../window/bubble";
import type { StreamTexts } from "./texts";

interface RunningProps {
  turn: Turn;
  widget: WidgetView;
  texts: StreamTexts;
  rich: Rich | null;
  stopping: boolean;
  onStop: () => void;
}

export function Running({ turn, widget, texts, rich, stopping, onStop }: RunningProps) {
  const { assistant, ai } = widget.texts;
  const name = turn.author?.name || widget.settings?.assistant || assistant;
  const author = { party: "assistant", id: "", name };
  const stage = turn.stage === "searching" || turn.stage === "writing" ? turn.stage : "thinking";
  return (
    <div class="row theirs first last running">
      <Face of={author} texts={widget.texts} />
      <div class="said">
        <span class="name" dir="auto" aria-hidden="true">
          {name} {!name.endsWith(` ${ai}`) && <b class="ai">{ai}</b>}
        </span>
        {turn.text ? (
          <div class="bubble" dir="auto">
            <span class="unseen">{speaker(author, widget.texts)}: </span>
            {rich?.(turn.text) ?? linked(turn.text)}
          </div>
        ) : (
          <div class="bubble dots" role="status" aria-label={texts[stage](name)}>
            <i />
            <i />
            <i />
          </div>
        )}
        <p class="below">
          {!turn.over && (
            <button type="button" class="stop" aria-disabled={stopping} onClick={() => stopping || onStop()}>
              {stopping ? texts.stopping : texts.stop}
            </button>
          )}
          {!turn.text && <span aria-hidden="true">{texts[stage](name)}</span>}
        </p>
      </div>
    </div>
  );
}

/** Text and links, never HTML. */
function linked(text: string): (VNode | string)[] {
  return pieces(text).map((piece) =>
    piece.href ? (
      <a href={piece.href} target="_blank" rel={LINK_REL}>
        {piece.text}
      </a>
    ) : (
      piece.text
    ),
  );
}
