/** The bubble of a message or a pending reply, and the line of a change. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { attachedOf, isPicture, type StoredFile } from "../../../attachments/files";
import { isStopped } from "../../../chat/stream";
import { useAssistantI18n } from "../../assistant/i18n";
import { MessageFiles } from "../../attachments/content";
import { ownerSentence } from "../../assistant/owner_line";
import { Sources } from "../../assistant/sources";
import { MentionText } from "../../mentions/mention_text";
import { mentionsOf } from "../../mentions/text";
import type { Change, Message, Reply } from "../../state/model";
import { onlyEmoji } from "../../state/emoji";
import { nameOf } from "../../state/placeholder_names";
import { threadOf } from "../../state/threads";
import { clock, exactly } from "../../state/times";
import type { Translate } from "../../texts/i18n";
import type { FormContentProps } from "../../forms/content";
import type { TranslationProps } from "../../copilot/panel/translation";
import { lazy } from "../lazy";
import { Icon } from "../parts/icons";
import { Face } from "../parts/components";
import { EditForm } from "../messages/edit_form";
import { permissionsOn } from "../messages/permissions";
import { RedactDialog } from "../messages/redact_dialog";
import { Text } from "../messages/text";
import { Tools } from "../messages/tools";
import { useWorkspace, type I18n } from "../hooks";

const FormContent = lazy<FormContentProps>(
  async () => (await import("../../forms/content")).FormContent,
  ({ message }) => <>{message.body}</>,
);

const Translation = lazy<TranslationProps>(
  async () => (await import("../../copilot/beside")).Translation,
  ({ message }) => <>{message.body}</>,
);

const BARE = " has-files is-bare";

interface BubbleProps {
  readonly conversation: string;
  readonly message: Message;
  readonly filling: boolean; // the visitor fills in this form
  readonly first: boolean;
  readonly last: boolean;
  readonly newest: boolean; // of the thread
  readonly mine: boolean;
  readonly delivered: boolean; // a socket of the visitor is known to have it
  readonly seen: boolean; // by the visitor
  readonly visitor: string; // the visitor's current display name
  readonly found: boolean; // the agent has jumped here
  readonly translate: boolean; // what the visitor says, by the copilot
  readonly i18n: I18n;
}

export function Bubble(props: BubbleProps): JSX.Element {
  const { message, first, last, mine, visitor, i18n } = props;
  const { t } = i18n;
  const { author, kind } = message;
  const note = kind === "note";
  if (kind === "system" || (author.party === "system" && !note))
    return (
      <p class="line" dir="auto">
        {message.redacted_at ? t("removed") : message.body}
      </p>
    );
  const theirs = author.party === "visitor";
  const ai = author.party === "assistant";
  const side = theirs ? "is-theirs" : mine ? "is-mine" : "is-team";
  const name = theirs ? visitor : author.name || (ai ? t("assistant") : "");
  const place = `${note ? " is-note" : ""}${first ? " is-first" : ""}${last ? " is-last" : ""}`;
  return (
    <div class={`said ${side}${place}${props.found ? " is-found" : ""}`} data-seq={message.seq}>
      {last ? (
        <Face id={author.id} name={name} ai={ai ? t("ai") : undefined} size="small" />
      ) : (
        <span class="face-gap" />
      )}
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
        {isForm(message) && !message.redacted_at ? (
          <div class="bubble is-form" title={exactly(message.at, i18n.language)}>
            <FormContent conversation={props.conversation} message={message} filling={props.filling} />
          </div>
        ) : (
          <Said {...props} />
        )}
        <Foot {...props} />
      </div>
    </div>
  );
}

/** The text with its menu, or the form that edits it. */
function Said({ conversation, message, newest, translate, i18n }: BubbleProps): JSX.Element {
  const { store, user, project } = useWorkspace();
  const { t, language } = i18n;
  const bubble = useRef<HTMLDivElement>(null);
  const [asked, setAsked] = useState<"edit" | "redact" | null>(null);
  const [translated, setTranslated] = useState(false);
  const may = permissionsOn(message, user.id, project.role === "manager");
  const theirs = message.author.party === "visitor";
  const close = (): void => {
    setAsked(null);
    requestAnimationFrame(() =>
      bubble.current?.parentElement?.querySelector<HTMLElement>(".said-tools > button")?.focus(),
    );
  };
  if (asked === "edit")
    return (
      <EditForm
        message={message}
        t={t}
        onSave={(body, version) => store.alterations.edit(conversation, message, body, version)}
        onClose={close}
      />
    );
  const removed = Boolean(message.redacted_at);
  const mentions = mentionsOf(message.content);
  const attached = removed ? null : attachedOf(message.content);
  const bare = attached?.captioned === false; // the text is only the names
  const files = attached === null ? "" : bare ? BARE : " has-files";
  const look = removed ? " is-removed" : onlyEmoji(message.body) ? " is-emoji" : files;
  return (
    <div class="said-line">
      <div class={`bubble${look}`} dir="auto" title={exactly(message.redacted_at ?? message.at, language)} ref={bubble}>
        {attached === null ? null : (
          <MessageFiles
            files={attached.files}
            pictures={() => picturesOf(threadOf(store.state, conversation).messages)}
          />
        )}
        {removed ? (
          t("removed")
        ) : bare ? null : mentions.length > 0 ? (
          <MentionText text={message.body} mentions={mentions} />
        ) : theirs && (translate || translated) ? (
          <Translation conversation={conversation} message={message} asked={translated} />
        ) : (
          <Text text={message.body} marked={!theirs} t={t} />
        )}
        {removed ? null : <Sources content={message.content} t={t} />}
      </div>
      {removed ? null : (
        <Tools
          bubble={bubble}
          text={message.body}
          may={may}
          stop={newest}
          t={t}
          onTranslate={theirs ? () => setTranslated(true) : undefined}
          onEdit={() => setAsked("edit")}
          onRedact={() => setAsked("redact")}
        />
      )}
      {asked === "redact" ? (
        <RedactDialog
          message={message}
          t={t}
          onRedact={() => store.alterations.redact(conversation, message)}
          onClose={close}
        />
      ) : null}
    </div>
  );
}

/** When it was said and edited, and how far a reply has come. */
function Foot({ message, last, delivered, seen, i18n }: BubbleProps): JSX.Element | null {
  const { t, language } = i18n;
  const { author, kind, edited_at, redacted_at } = message;
  const edited = redacted_at ? null : (edited_at ?? null);
  const stopped = !redacted_at && isStopped(message.content);
  if (!last && edited === null && !stopped) return null;
  const reached = seen ? "seen" : delivered ? "delivered" : "sent";
  return (
    <span class="said-foot">
      {edited === null ? null : (
        <span title={exactly(edited, language)}>{t("edited", { time: clock(edited, language) })}</span>
      )}
      {stopped ? <span>{t("stopped")}</span> : null}
      {last ? <time>{clock(message.at, language)}</time> : null}
      {!last || author.party === "visitor" || kind === "note" ? null : (
        <span class={seen ? "tick is-seen" : "tick"}>
          <Icon name={reached === "sent" ? "check" : "checks"} size={14} />
          {t(reached)}
        </span>
      )}
    </span>
  );
}

/** All pictures of a conversation, in order. */
function picturesOf(messages: readonly Message[]): readonly StoredFile[] {
  return messages
    .flatMap(({ content, redacted_at }) => (redacted_at ? [] : (attachedOf(content)?.files ?? [])))
    .filter(isPicture);
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
  const mentions = reply.mentions ?? [];
  const held = reply.failed && waiting && reply.resend === true;
  const state = reply.failed && !held ? "is-failed" : "is-sending";
  return (
    <div class={`said is-mine ${state}${note ? " is-note" : ""}${first ? " is-first" : ""}${last ? " is-last" : ""}`}>
      {last ? <Face id={me.id} name={me.full_name} size="small" /> : <span class="face-gap" />}
      <div class="said-body">
        {note && first ? <NoteLabel t={t} /> : null}
        <Speaker name={t("you")} note={note} t={t} />
        <div
          class={`bubble${reply.attached === undefined ? "" : reply.attached.caption === "" ? BARE : " has-files"}`}
          dir="auto"
        >
          {reply.attached === undefined ? null : (
            <MessageFiles files={reply.attached.files} pictures={() => reply.attached?.files.filter(isPicture) ?? []} />
          )}
          {reply.attached?.caption === "" ? null : mentions.length > 0 ? (
            <MentionText text={reply.body} mentions={mentions} />
          ) : (
            <Text text={reply.body} marked t={t} />
          )}
        </div>
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
  readonly visitor: string; // the visitor's current display name
  readonly i18n: I18n;
}

/** "Lea solved this": names the actor where the server sends it. */
export function ChangeLine({ change, me, visitor, i18n }: ChangeLineProps): JSX.Element {
  const { t, language } = i18n;
  const { t: ofAssistant } = useAssistantI18n();
  const { by, status, assigned, assignee, owner = null } = change;
  const parts: string[] = [];
  const name = by === null ? "" : by.id === me ? t("you") : by.party === "visitor" ? visitor : nameOf(by, language);
  if (status !== null) parts.push(by === null ? t(`change.${status}`) : t(`change.by.${status}`, { name }));
  if (assigned) {
    const to = assignee?.id === me ? t("change.me") : (assignee?.full_name ?? "");
    if (by === null) parts.push(assignee === null ? t("change.unassigned") : t("change.assigned", { name: to }));
    else if (assignee === null) parts.push(t("change.by.unassigned", { name }));
    else if (assignee.id === by.id) parts.push(t("change.by.taken", { name }));
    else parts.push(t("change.by.assigned", { name, to }));
  }
  if (owner !== null) parts.push(ownerSentence(owner, by, name, ofAssistant));
  return (
    <p class="line">
      <bdi>{parts.join(" · ")}</bdi> · <time title={exactly(change.at, language)}>{clock(change.at, language)}</time>
    </p>
  );
}
