/** A row of the message list: a bubble with its status, a day, a typing indicator. */

import { ErrorCode } from "../../wire/frames";
import { localeTag } from "../../ui/locale";
import { discard, retry } from "../../chat/in_window";
import type { WindowTexts } from "../texts/en";
import type { WidgetView } from "../view";
import { initials } from "../../ui/initials";
import type { Person } from "../../wire/frames";
import { icon } from "./icons";
import type { Rich } from "../parts/markdown";
import type { Mark, Row } from "./rows";

const MARKS = {
  sending: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2",
  sent: "m5 12.5 4.5 4.5L19 7.5",
  read: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M6 12.4l1.5-1.5 3 3 6-6.4L18 9l-7.5 8z", // a disc without the tick
};

interface BubbleProps {
  row: Extract<Row, { type: "bubble" }>;
  widget: WidgetView;
  rich: Rich | null;
}

export function BubbleRow({ row, widget, rich }: BubbleProps) {
  const { texts, chat } = widget;
  const language = localeTag(widget.language);
  const { mine, author, mark, ref } = row;
  const shape = ["row", mine ? "mine" : "theirs", row.first && "first", row.last && "last", mark]
    .filter(Boolean)
    .join(" ");
  const time = new Date(row.at);
  const ai = author?.party === "assistant";
  const name = author?.name || (ai ? texts.assistant : texts.agent);
  return (
    <div class={shape}>
      {!mine && <Face of={row.last ? author : undefined} texts={texts} />}
      <div class="said">
        {!mine && row.first && (
          <span class="name" dir="auto" aria-hidden="true">
            {name} {ai && !name.endsWith(` ${texts.ai}`) && <b class="ai">{texts.ai}</b>}
          </span>
        )}
        <span class="unseen">{mine ? texts.you : speaker(author, texts)}: </span>
        {row.card && <div class={row.card} id={row.id} />}
        <div class="bubble" dir="auto">
          {row.instead ? <i>{texts[row.instead]}</i> : (rich?.(row.body, mine) ?? row.body)}
        </div>
        {mark === "failed" ? (
          <p class="below bad" role="alert">
            {row.refused === ErrorCode.Blocked ? texts.blocked : texts.failed}
            <button type="button" onClick={() => ref && retry(chat, ref)}>
              {texts.retry}
            </button>
            <button type="button" onClick={() => ref && discard(chat, ref)}>
              {texts.discard}
            </button>
          </p>
        ) : (
          (row.last || mark || row.note) && (
            <p class={row.last || row.note || mark === "sending" ? "below" : "unseen"}>
              {row.note && texts[row.note]}
              <time dateTime={time.toISOString()}>{time.toLocaleTimeString(language, { timeStyle: "short" })}</time>
              {mark && <MarkIcon mark={mark} texts={texts} />}
            </p>
          )
        )}
      </div>
    </div>
  );
}

/** Initials, or the sign of the assistant; undefined leaves the place empty. */
export function Face({ of, texts }: { of: Person | null | undefined; texts: WindowTexts }) {
  return (
    <span class="face small" aria-hidden="true">
      {of?.party === "assistant" ? texts.ai : of !== undefined && initials(of?.name || texts.agent)}
    </span>
  );
}

/** The author for screen readers, which do not see the label "AI". */
export function speaker(author: Person | null, texts: WindowTexts): string {
  const name = author?.name;
  if (author?.party !== "assistant") return name || texts.agent;
  return name ? `${name} (${texts.assistant})` : texts.assistant;
}

function MarkIcon({ mark, texts }: { mark: Exclude<Mark, "failed">; texts: WindowTexts }) {
  return (
    <span class={`mark ${mark}`} role="img" aria-label={texts[mark]}>
      {icon(MARKS[mark], 13)}
    </span>
  );
}

export function DayRow({ at, widget }: { at: number; widget: WidgetView }) {
  const { texts } = widget;
  const language = localeTag(widget.language);
  const day = new Date(at);
  const today = new Date();
  const yesterday = new Date();
  yesterday.setDate(today.getDate() - 1);
  const same = (other: Date) => day.toDateString() === other.toDateString();
  const named = same(today) ? texts.today : same(yesterday) && texts.yesterday;
  return (
    <h3 class="day">
      {named ||
        day.toLocaleDateString(language, {
          weekday: "long",
          day: "numeric",
          month: "long",
          year: day.getFullYear() < today.getFullYear() ? "numeric" : undefined,
        })}
    </h3>
  );
}

export function Typing({ typing, widget: { texts } }: { typing: readonly Person[]; widget: WidgetView }) {
  const label = texts.typing(typing.map((typist) => speaker(typist, texts)).join(", "));
  return (
    <div class="row theirs first last typing" role="status" aria-label={label}>
      <Face of={typing[0] ?? null} texts={texts} />
      <div class="bubble dots">
        <i />
        <i />
        <i />
      </div>
    </div>
  );
}
