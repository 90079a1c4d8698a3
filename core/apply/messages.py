"""Hop 5: new messages: PostMessage, of a visitor or of any other author."""

from typing import Final

from core import content, ids, rules
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.flags import Flags
from core.apply.history import Changes
from core.apply.mentions import mention
from core.apply.owners import acted
from core.apply.reads import emit_read, move_mark
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation, message_row, reopened_row
from core.apply.visitors.facts import learn
from core.apply.visitors.restrictions import mirror, show, withhold
from core.apply.visitors.subjects import Subjects
from core.apply.visitors.verified import VerifiedVisitors
from core.commands import AnswerForm, EarlierPostMessage, PostFiles, PostMessage, WithheldMessage
from core.db.chat.load import LoadRequest, StoredMessage
from core.db.chat.save import NewVisitor
from core.errors import Refusal
from core.event_details import SIGNED
from core.events import CommandRefused, MessagePosted, MessageRepeated
from core.ids import ConversationId, ProjectId, Ref, VisitorId
from core.model import FORMS


def want(command: PostMessage | PostFiles, request: LoadRequest) -> None:
    request.refs.add((command.project, command.author.id, command.ref))
    if command.conversation is not None:
        request.conversations.add((command.project, command.conversation))
    if command.author.party == "visitor":
        visitor = (command.project, command.visitor)
        request.visitors.add(visitor)
        if command.conversation is None and not command.ongoing:
            request.newcomers.add(visitor)


def post(command: PostMessage, batch: Batch) -> Result:
    return (_message if command.author.party == "visitor" else reply)(command, batch)


def _message(command: PostMessage, batch: Batch) -> Result:
    """A visitor's message, in the active conversation or a new one."""
    active = batch.active(command.project, command.visitor)
    if active is None and command.project not in batch.projects:
        return Refused(Refusal.NOT_FOUND)  # the project was deleted, and its sockets are closed
    stored = batch.stored(command.project, command.visitor, command.ref)
    if stored is not None:
        if not _same(stored, command):
            return _refuse(batch, command, Refusal.CONFLICT)
        return _repeat(batch, command, stored)
    if command.conversation is not None:
        believed = batch.conversation(command.project, command.conversation)
        if believed is None or believed.visitor != command.visitor:
            return _refuse(batch, command, Refusal.NOT_FOUND)
    if active is None or is_over(active):
        active = start(batch, command.project, command.visitor, command.language, previous=active)
    return write(batch, active, command)


def is_over(conversation: OpenConversation) -> bool:
    """Whether the visitor's next message starts a new conversation."""
    return rules.over(conversation.status, limited=conversation.limited)


def write(batch: Batch, conversation: OpenConversation, command: PostMessage) -> MessagePosted:
    """A visitor's new message, in this conversation of theirs."""
    if conversation.restriction == "blocked" or isinstance(command, WithheldMessage):
        withhold(batch, conversation)
    elif conversation.withheld:  # the address was blocked, and this one is not
        show(batch, conversation)
    learned = (learn(batch, conversation, command.meta) if command.meta else None) or ()
    if conversation.introduced:
        learned, conversation.introduced = (SIGNED, *learned), False
    if command.article is not None:
        batch.rare(Subjects).articles[conversation.project, conversation.id] = command.article
    before = conversation.status
    conversation.status = rules.status_after_visitor(before)
    return _store(
        batch,
        conversation,
        command,
        name=conversation.visitor_name,
        kept_name=conversation.own_name,
        reopened=conversation.status != before,
        learned=learned,
    )


def start(
    batch: Batch,
    project: ProjectId,
    visitor: VisitorId,
    language: str,
    *,
    previous: OpenConversation | None,
) -> OpenConversation:
    """A new conversation, after the one that is over."""
    if previous is None:
        limited = batch.projects[project]
        batch.add_visitor(NewVisitor(project, visitor, language))
    else:
        limited = previous.limited
        batch.end(previous)
        batch.rare(Flags).known.add((project, visitor))
    made = OpenConversation(
        project,
        ConversationId(ids.make(batch.now)),
        visitor,
        _name_said(batch, project, visitor) if previous is None else previous.said_name,
        "open",
        None,
        0,
        0,
        limited,
        {} if previous is None else previous.facts,
        given_name=None if previous is None else previous.given_name,
        new=True,
        introduced=previous is None and ids.is_verified(visitor),
    )
    batch.start(made)
    restriction = batch.restriction(made.project, made.visitor) if previous is None else previous.restriction
    if restriction is not None:
        mirror(batch, made, restriction)
    return made


def _name_said(batch: Batch, project: ProjectId, visitor: VisitorId) -> str | None:
    """The name of a visitor without a conversation: a verified one may have a row, and a name, before it."""
    if not ids.is_verified(visitor):
        return None
    known = batch.rare(VerifiedVisitors).known.get((project, visitor))
    return None if known is None else known.name


def reply(command: PostMessage, batch: Batch) -> Result:
    """The message of an agent, an assistant or the system, in a conversation that has not ended.

    An agent's reply is refused where the visitor does not see the conversation any more (rules.over) and it
    does not reopen it: it would not be read.
    """
    conversation, author = None, command.author
    if command.conversation is not None:
        conversation = batch.conversation(command.project, command.conversation)
    if conversation is None or conversation.deleted:
        return Refused(Refusal.NOT_FOUND)
    stored = batch.stored(command.project, author.id, command.ref)
    if stored is not None:
        if not _same(stored, command) or stored.conversation != command.conversation:
            return Refused(Refusal.CONFLICT)
        return repeated(command.project, conversation.visitor, command.ref, stored)
    before = conversation.status
    if rules.reopened_by_reply(before, author.party, command.kind, reopens=conversation.reopens):
        conversation.status = "open"
    if refusal := _why_no_reply(command, conversation):
        conversation.status = before
        return Refused(refusal)
    reopened = conversation.status != before
    if author.party == "agent" and rules.visible_to_visitor(command.kind):
        acted(batch, conversation, "replied", author, at=command.at)
    event = _store(batch, conversation, command, name=author.name, kept_name=author.name, reopened=reopened)
    if rules.marks_read(author.party):
        move_mark(batch, conversation, "agent", author.id, seq=event.seq, at=event.at)
        # Who gets the reply knows what it implies; a note is not sent to the visitor.
        if not rules.visible_to_visitor(command.kind):
            emit_read(batch, conversation, "agent", author.id, author.name, seq=event.seq, at=event.at)
    return event


def _why_no_reply(command: PostMessage, conversation: OpenConversation) -> Refusal | None:
    if conversation.ended:
        return Refusal.CLOSED
    if conversation.withheld:
        return Refusal.BLOCKED
    unread = rules.over(conversation.status, limited=conversation.limited)
    if unread and command.author.party == "agent" and rules.visible_to_visitor(command.kind):
        return Refusal.CLOSED
    return None


def _store(
    batch: Batch,
    conversation: OpenConversation,
    command: PostMessage,
    *,
    name: str,
    kept_name: str,
    reopened: bool = False,
    learned: tuple[str, ...] = (),
) -> MessagePosted:
    """`name`: the author's, for agents. `kept_name`: with the message. `learned`: of the visitor."""
    at, value = max(command.at, conversation.last_message_at), content.value(command.content)
    shown = content.read(value)
    _advance(conversation, command.body, shown, at=at)
    if reopened:
        conversation.last_change += 1
    event = MessagePosted(
        project=conversation.project,
        conversation=conversation.id,
        seq=conversation.last_seq,
        visitor=conversation.visitor,
        message=command.message,
        ref=command.ref,
        author_party=command.author.party,
        author=command.author.id,
        author_name=name,
        at=at,
        kind=command.kind,
        body=command.body,
        meta=command.meta,
        origin=command.origin if isinstance(command, EarlierPostMessage) else None,
        reopened=reopened,
        content=command.content,
        change=conversation.last_change if reopened else 0,
    )
    batch.store(message_row(event, command.ref, value, sender_name=kept_name))
    _store_rare(batch, event, shown)
    quiet = command.author.party == "visitor" and conversation.quiet
    batch.emit(event, kept=conversation, for_visitor=quiet, learned=learned)
    return event


def _advance(
    conversation: OpenConversation, body: str, shown: content.Content | content.Unknown | None, *, at: int
) -> None:
    """The conversation with one more message. One that is withheld leaves no trace in lists."""
    conversation.last_seq += 1
    conversation.last_message_at = at
    conversation.changed = True
    if not conversation.withheld:
        conversation.snippet = rules.snippet(body, shown)


def _store_rare(batch: Batch, event: MessagePosted, shown: content.Content | content.Unknown | None) -> None:
    """The rows that few messages need beside their own."""
    if isinstance(shown, content.Mentions):
        mention(batch, event, shown)
    if event.kind in FORMS:
        batch.rare(Flags).forms.add((event.project, event.conversation))
    if event.reopened:
        batch.rare(Changes).rows.append(reopened_row(event, id=ids.make(event.at)))


def _same(stored: StoredMessage, command: PostMessage) -> bool:
    """Whether a repeated ref is the same message; only then is the first result its answer.

    One that was edited or redacted cannot be compared any more; its sender's ref alone says that it is.
    """
    if stored.kind != command.kind:
        return False
    said = (command.body, content.value(command.content))
    return stored.version != 0 or (stored.body, stored.content) == said


def _repeat(batch: Batch, command: PostMessage, stored: StoredMessage) -> MessageRepeated:
    event = repeated(command.project, command.visitor, command.ref, stored)
    batch.emit(event)
    return event


def repeated(project: ProjectId, visitor: VisitorId, ref: Ref, stored: StoredMessage) -> MessageRepeated:
    return MessageRepeated(project, stored.conversation, stored.seq, visitor, stored.message, ref, stored.at)


def _refuse(batch: Batch, command: PostMessage, reason: Refusal) -> CommandRefused:
    if not isinstance(command, EarlierPostMessage):
        return refuse(batch, command, reason)
    event = CommandRefused(command.project, command.visitor, command.origin, command.rid, command.ref, reason)
    batch.emit(event)
    return event


def refuse(
    batch: Batch,
    command: PostMessage | PostFiles | AnswerForm,
    reason: Refusal,
    faults: dict[str, str] | None = None,
) -> CommandRefused:
    """Refuses what a visitor sent: an event, because a socket waits for it. `faults`: of a form's values."""
    event = CommandRefused(
        command.project, command.visitor, ids.NO_SOCKET, 0, command.ref, reason, faults or {}
    )
    batch.emit(event)
    return event


POST: Final = Family(want, post, (VerifiedVisitors,))
