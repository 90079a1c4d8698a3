/** The bubble of a message or a pending reply, and the line of a change. */

import type { ComponentChildren, JSX } from "preact";

import { LINK_REL, pieces } from "../../../ui/links";
import type { Change, Message, Reply } from "../../state/model";
import { onlyEmoji } from "../../state/emoji";
import { nameOf } from "../../state/placeholder_names";
import { clock, exactly } from "../../state/times";
import type { Translate } from "../../texts/i18n";
import type { FormContentProps } from "../../forms/content";
import { lazy } from "../lazy";
import { Icon } from "../parts/icons";
import { Face } from "../parts/components";
import type { I18n } from "../hooks";

const FormContent = lazy<FormContentProps>(
  async () => (await import("../../forms/content")).FormContent,
  ({ message }) => <Body text={message.body} />,
);

interface BubbleProps {
  readonly conversation: string;
  readonly message: Message;
  readonly filling: boolean; // the visitor fills in this form
  readonly first: boolean;
  readonly last: boolean;
  readonly mine: boolean;
  readonly seen: boolean; // by the visitor
  readonly visitor: string; // the visitor's current display name
  readonly i18n: I18n;
}

export function Bubble(props: BubbleProps): JSX.Element {
  const { conversation, message, filling, first, last, mine, seen, visitor, i18n } = props;
  const { t, language } = i18n;
  const { author, kind } = message;
  const note = kind === "note";
  if (kind === "system" || (author.party === "system" && !note))
    return (
      <p class="line" dir="auto">
        {message.body}
      </p>
    );
  const theirs = author.party === "visitor";
  const ai = author.party === "assistant";
  const side = theirs ? "is-theirs" : mine ? "is-mine" : "is-team";
  const name = theirs ? visitor : author.name || (ai ? t("assistant") : "");
  return (
    <div class={`said ${side}${note ? " is-note" : ""}${first ? " is-first" : ""}${last ? " is-last" : ""}`}>
      {last ? <Face id={author.id} name={name} size="small" /> : <span class="face-gap" />}
      <div class="said-body">
        {first && side === "is-team" ? (
          <span class="said-name" aria-hidden="true">
            <bdi>{name}</bdi>
            {ai && !name.endsWith(` ${t("ai")}`) ? <span class="chip">{t("ai")}</span> : null}
          </span>
        ) : null}
        {note && first ? <NoteLabel t={t} /> : null}
        <Speaker
          name={mine ? t("you") : ai && author.name !== "" ? `${name} (${t("assistant")})` : name}
          note={note}
          t={t}
        />
        {isForm(message) ? (
          <div class="bubble is-form" title={exactly(message.at, language)}>
            <FormContent conversation={conversation} message={message} filling={filling} />
          </div>
        ) : (
          <p
            class={onlyEmoji(message.body) ? "bubble is-emoji" : "bubble"}
            dir="auto"
            title={exactly(message.at, language)}
          >
            <Body text={message.body} />
          </p>
        )}
        {last ? (
          <span class="said-foot">
            <time>{clock(message.at, language)}</time>
            {theirs || note ? null : (
              <span class={seen ? "tick is-seen" : "tick"}>
                <Icon name={seen ? "checks" : "check"} size={14} />
                {t(seen ? "seen" : "sent")}
              </span>
            )}
          </span>
        ) : null}
      </div>
    </div>
  );
}

function isForm({ content }: Message): boolean {
  return content?.["type"] === "form_request" || content?.["type"] === "form_answer";
}

/** The author, for screen readers; outside the text, because the text has its own direction. */
function Speaker({
  name,
  note,
  t,
}: {
  readonly name: string;
  readonly note: boolean;
  readonly t: Translate;
}): JSX.Element {
  return (
    <span class="sr-only">
      <bdi>{note ? t("said.note", { name }) : t("said", { name })}</bdi>
    </span>
  );
}

function NoteLabel({ t }: { readonly t: Translate }): JSX.Element {
  return (
    <span class="note-label" aria-hidden="true">
      <Icon name="note" size={14} />
      {t("note")}
    </span>
  );
}

interface PendingProps {
  readonly waiting: boolean; // no connection: it is sent automatically on reconnect
  readonly reply: Reply;
  readonly first: boolean;
  readonly last: boolean;
  readonly me: { readonly id: string; readonly full_name: string };
  readonly i18n: I18n;
  readonly onRetry: () => void;
  readonly onDiscard: () => void;
}

export function Pending({
  reply,
  first,
  last,
  me,
  waiting,
  i18n: { t },
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
        {note && first ? <NoteLabel t={t} /> : null}
        <Speaker name={t("you")} note={note} t={t} />
        <p class="bubble" dir="auto">
          <Body text={reply.body} />
        </p>
        {reply.failed ? (
          <span class={held ? "said-foot" : "said-foot is-failed"} role="alert">
            <Icon name={held ? "clock" : "alert"} size={14} />
            {t(held ? "held" : "failed")}
            <button type="button" class="link" onClick={onRetry}>
              {t("failed.retry")}
            </button>
            <button type="button" class="link" onClick={onDiscard}>
              {t("failed.discard")}
            </button>
          </span>
        ) : last ? (
          <span class="said-foot">
            <Icon name="clock" size={14} />
            {t("sending")}
          </span>
        ) : null}
      </div>
    </div>
  );
}

interface ChangeLineProps {
  readonly change: Change;
  readonly me: string;
  readonly i18n: I18n;
}

/** "Lea solved this": names the actor where the server sends it. */
export function ChangeLine({ change, me, i18n }: ChangeLineProps): JSX.Element {
  const { t, language } = i18n;
  const { by, status, assigned, assignee } = change;
  const parts: string[] = [];
  const name = by === null ? "" : by.id === me ? t("you") : nameOf(by, language);
  if (status !== null) parts.push(by === null ? t(`change.${status}`) : t(`change.by.${status}`, { name }));
  if (assigned) {
    const to = assignee?.id === me ? t("change.me") : (assignee?.full_name ?? "");
    if (by === null) parts.push(assignee === null ? t("change.unassigned") : t("change.assigned", { name: to }));
    else if (assignee === null) parts.push(t("change.by.unassigned", { name }));
    else if (assignee.id === by.id) parts.push(t("change.by.taken", { name }));
    else parts.push(t("change.by.assigned", { name, to }));
  }
  return (
    <p class="line">
      <bdi>{parts.join(" · ")}</bdi> · <time title={exactly(change.at, language)}>{clock(change.at, language)}</time>
    </p>
  );
}

/** Plain text; only http(s) addresses become links. */
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
