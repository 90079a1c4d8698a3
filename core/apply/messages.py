"""Hop 5: new messages: PostMessage, of a visitor or of any other author."""

from typing import Final

from core import content, ids, rules
from core.apply.batch import Batch
from core.apply.conversations import Changes
from core.apply.family import Family
from core.apply.mentions import mention
from core.apply.reads import emit_read, move_mark
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation, message_row, reopened_row
from core.apply.visitors import learn
from core.commands import EarlierPostMessage, PostMessage
from core.db.chat.load import LoadRequest, StoredMessage
from core.db.chat.save import NewVisitor
from core.errors import Refusal
from core.events import CommandRefused, MessagePosted, MessageRepeated
from core.ids import ConversationId, ProjectId, Ref, VisitorId
from core.model import visitor_name


def _want(command: PostMessage, request: LoadRequest) -> None:
    request.refs.add((command.project, command.author.id, command.ref))
    if command.conversation is not None:
        request.conversations.add((command.project, command.conversation))
    if command.author.party == "visitor":
        visitor = (command.project, command.visitor)
        request.visitors.add(visitor)
        if command.conversation is None:
            request.newcomers.add(visitor)


def _post(command: PostMessage, batch: Batch) -> Result:
    return (_write if command.author.party == "visitor" else _reply)(command, batch)


def _write(command: PostMessage, batch: Batch) -> Result:
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
    if active is None or rules.over(active.status, limited=active.limited):
        active = _start(batch, command, active)
    if command.meta:
        learn(batch, active, command.meta)
    before = active.status
    active.status = rules.status_after_visitor(before)
    return _store(
        batch,
        active,
        command,
        name=active.visitor_name,
        reopened=active.status != before,
    )


def _start(batch: Batch, command: PostMessage, previous: OpenConversation | None) -> OpenConversation:
    """A new conversation, after the one that is over."""
    if previous is None:
        limited = batch.projects[command.project]
        batch.add_visitor(NewVisitor(command.project, command.visitor, command.language))
    else:
        limited = previous.limited
        batch.end(previous)
    made = OpenConversation(
        command.project,
        ConversationId(ids.make(batch.now)),
        command.visitor,
        visitor_name(None, command.visitor) if previous is None else previous.visitor_name,
        "open",
        None,
        0,
        0,
        limited,
        {} if previous is None else previous.facts,
        new=True,
    )
    batch.start(made)
    return made


def _reply(command: PostMessage, batch: Batch) -> Result:
    """The message of an agent, an assistant or the system, in a conversation that has not ended."""
    conversation, author = None, command.author
    if command.conversation is not None:
        conversation = batch.conversation(command.project, command.conversation)
    if conversation is None:
        return Refused(Refusal.NOT_FOUND)
    stored = batch.stored(command.project, author.id, command.ref)
    if stored is not None:
        if not _same(stored, command) or stored.conversation != command.conversation:
            return Refused(Refusal.CONFLICT)
        return _repeated(command.project, conversation.visitor, command.ref, stored)
    if conversation.ended:
        return Refused(Refusal.CLOSED)
    event = _store(batch, conversation, command, name=author.name)
    if command.content != content.NONE:
        mention(batch, event)
    if rules.marks_read(author.party):
        move_mark(batch, conversation, "agent", author.id, seq=event.seq, at=event.at)
        # Who gets the reply knows what it implies; a note is not sent to the visitor.
        if not rules.visible_to_visitor(command.kind):
            emit_read(batch, conversation, "agent", author.id, author.name, seq=event.seq, at=event.at)
    return event


def _store(
    batch: Batch,
    conversation: OpenConversation,
    command: PostMessage,
    *,
    name: str,
    reopened: bool = False,
) -> MessagePosted:
    conversation.last_seq = seq = conversation.last_seq + 1
    conversation.last_message_at = at = max(command.at, conversation.last_message_at)
    value = content.value(command.content)
    conversation.snippet = rules.snippet(command.body, content.read(value))
    conversation.changed = True
    if reopened:
        conversation.last_change += 1
    event = MessagePosted(
        project=conversation.project,
        conversation=conversation.id,
        seq=seq,
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
    batch.store(message_row(event, command.ref, value))
    if reopened:
        batch.rare(Changes).rows.append(reopened_row(event, id=ids.make(event.at)))
    batch.emit(event, kept=conversation)
    return event


def _same(stored: StoredMessage, command: PostMessage) -> bool:
    """Whether a repeated ref is the same message; only then is the first result its answer."""
    return (stored.kind, stored.body, stored.content) == (
        command.kind,
        command.body,
        content.value(command.content),
    )


def _repeat(batch: Batch, command: PostMessage, stored: StoredMessage) -> MessageRepeated:
    event = _repeated(command.project, command.visitor, command.ref, stored)
    batch.emit(event)
    return event


def _repeated(project: ProjectId, visitor: VisitorId, ref: Ref, stored: StoredMessage) -> MessageRepeated:
    return MessageRepeated(project, stored.conversation, stored.seq, visitor, stored.message, ref, stored.at)


def _refuse(batch: Batch, command: PostMessage, reason: Refusal) -> CommandRefused:
    origin, rid = ids.NO_SOCKET, 0
    if isinstance(command, EarlierPostMessage):
        origin, rid = command.origin, command.rid
    event = CommandRefused(command.project, command.visitor, origin, rid, command.ref, reason)
    batch.emit(event)
    return event


POST: Final = Family(_want, _post)
