/** What one message, one reply under way, or one change looks like. */

import type { ComponentChildren, JSX } from "preact";

import { LINK_REL, pieces } from "../../../ui/links";
import type { Change, Message, Reply } from "../../state/model";
import { onlyEmoji } from "../../state/emoji";
import { nameOf } from "../../state/standins";
import { clock, exactly } from "../../state/times";
import type { Say } from "../../texts/say";
import { Icon } from "../parts/icons";
import { Face } from "../parts/small";
import type { Words } from "../use";

interface BubbleProps {
  readonly message: Message;
  readonly first: boolean;
  readonly last: boolean;
  readonly mine: boolean;
  readonly seen: boolean; // by the visitor
  readonly visitor: string; // what the visitor is called now
  readonly words: Words;
}

export function Bubble({ message, first, last, mine, seen, visitor, words }: BubbleProps): JSX.Element {
  const { say, language } = words;
  const { author, kind } = message;
  if (kind === "system")
    return (
      <p class="line" dir="auto">
        {message.body}
      </p>
    );
  const theirs = author.party === "visitor";
  const note = kind === "note";
  const side = theirs ? "is-theirs" : mine ? "is-mine" : "is-team";
  const name = theirs ? visitor : author.name;
  return (
    <div class={`said ${side}${note ? " is-note" : ""}${first ? " is-first" : ""}${last ? " is-last" : ""}`}>
      {last ? <Face id={author.id} name={name} size="small" /> : <span class="face-gap" />}
      <div class="said-body">
        {first && side === "is-team" ? (
          <span class="said-name" aria-hidden="true">
            <bdi>{author.name}</bdi>
          </span>
        ) : null}
        {note && first ? <NoteLabel say={say} /> : null}
        <Speaker name={mine ? say("you") : name} note={note} say={say} />
        <p
          class={onlyEmoji(message.body) ? "bubble is-emoji" : "bubble"}
          dir="auto"
          title={exactly(message.at, language)}
        >
          <Body text={message.body} />
        </p>
        {last ? (
          <span class="said-foot">
            <time>{clock(message.at, language)}</time>
            {theirs || note ? null : (
              <span class={seen ? "tick is-seen" : "tick"}>
                <Icon name={seen ? "checks" : "check"} size={14} />
                {say(seen ? "seen" : "sent")}
              </span>
            )}
          </span>
        ) : null}
      </div>
    </div>
  );
}

/** Whose words follow, for those who hear the page; outside of the text, whose direction is its own. */
function Speaker({
  name,
  note,
  say,
}: {
  readonly name: string;
  readonly note: boolean;
  readonly say: Say;
}): JSX.Element {
  return (
    <span class="sr-only">
      <bdi>{note ? say("said.note", { name }) : say("said", { name })}</bdi>
    </span>
  );
}

function NoteLabel({ say }: { readonly say: Say }): JSX.Element {
  return (
    <span class="note-label" aria-hidden="true">
      <Icon name="note" size={14} />
      {say("note")}
    </span>
  );
}

interface PendingProps {
  readonly waiting: boolean; // there is no line: it goes by itself when there is one
  readonly reply: Reply;
  readonly first: boolean;
  readonly last: boolean;
  readonly me: { readonly id: string; readonly full_name: string };
  readonly words: Words;
  readonly onRetry: () => void;
  readonly onDiscard: () => void;
}

export function Pending({
  reply,
  first,
  last,
  me,
  waiting,
  words: { say },
  onRetry,
  onDiscard,
}: PendingProps): JSX.Element {
  const note = reply.kind === "note";
  const held = reply.failed && waiting && reply.resend === true;
  const state = reply.failed && !held ? "is-failed" : "is-sending";
  return (
    <div class={`said is-mine ${state}${note ? " is-note" : ""}${first ? " is-first" : ""}${last ? " is-last" : ""}`}>
      {last ? <Face id={me.id} name={me.full_name} size="small" /> : <span class="face-gap" />}
      <div class="said-body">
        {note && first ? <NoteLabel say={say} /> : null}
        <Speaker name={say("you")} note={note} say={say} />
        <p class="bubble" dir="auto">
          <Body text={reply.body} />
        </p>
        {reply.failed ? (
          <span class={held ? "said-foot" : "said-foot is-failed"} role="alert">
            <Icon name={held ? "clock" : "alert"} size={14} />
            {say(held ? "held" : "failed")}
            <button type="button" class="link" onClick={onRetry}>
              {say("failed.retry")}
            </button>
            <button type="button" class="link" onClick={onDiscard}>
              {say("failed.discard")}
            </button>
          </span>
        ) : last ? (
          <span class="said-foot">
            <Icon name="clock" size={14} />
            {say("sending")}
          </span>
        ) : null}
      </div>
    </div>
  );
}

interface ChangeLineProps {
  readonly change: Change;
  readonly me: string;
  readonly words: Words;
}

/** "Lea solved this": by whom, where the server says it. */
export function ChangeLine({ change, me, words }: ChangeLineProps): JSX.Element {
  const { say, language } = words;
  const { by, status, assigned, assignee } = change;
  const told: string[] = [];
  const name = by === null ? "" : by.id === me ? say("you") : nameOf(by, language);
  if (status !== null) told.push(by === null ? say(`change.${status}`) : say(`change.by.${status}`, { name }));
  if (assigned) {
    const to = assignee?.id === me ? say("change.me") : (assignee?.full_name ?? "");
    if (by === null) told.push(assignee === null ? say("change.unassigned") : say("change.assigned", { name: to }));
    else if (assignee === null) told.push(say("change.by.unassigned", { name }));
    else if (assignee.id === by.id) told.push(say("change.by.taken", { name }));
    else told.push(say("change.by.assigned", { name, to }));
  }
  return (
    <p class="line">
      <bdi>{told.join(" · ")}</bdi> · <time title={exactly(change.at, language)}>{clock(change.at, language)}</time>
    </p>
  );
}

/** Text as text; only http(s) addresses become links. */
function Body({ text }: { readonly text: string }): JSX.Element {
  const parts: ComponentChildren[] = pieces(text).map(({ text: part, href }, index) =>
    href === null ? (
      part
    ) : (
      <a key={index} href={href} target="_blank" rel={LINK_REL}>
        {part}
      </a>
    ),
  );
  return <>{parts}</>;
}
