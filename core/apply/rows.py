"""Hop 5: a conversation that a batch works on, and the rows made from it."""

import msgspec

from core.content import Value
from core.db.chat.changes import NewChange
from core.db.chat.load import LockedConversation
from core.db.chat.save import ChangedConversation, NewConversation, NewMessage
from core.events import ConversationChanged, MessagePosted
from core.ids import ConversationId, ProjectId, Ref, UserId, VisitorId
from core.model import Meta, Status, visitor_name


class OpenConversation(msgspec.Struct):
    """A conversation while a batch changes it."""

    project: ProjectId
    id: ConversationId
    visitor: VisitorId
    visitor_name: str
    status: Status
    assignee: UserId | None
    last_seq: int
    last_message_at: int
    limited: bool
    facts: Meta
    ended: bool = False
    new: bool = False
    changed: bool = False
    snippet: str | None = None


def opened(one: LockedConversation) -> OpenConversation:
    """From its locked row."""
    return OpenConversation(
        one.project,
        one.id,
        one.visitor,
        visitor_name(one.visitor_name, one.visitor),
        one.status,
        one.assignee,
        one.last_seq,
        one.last_message_at,
        one.limited,
        one.facts or {},
        ended=one.ended,
    )


def message_row(event: MessagePosted, ref: Ref, content: Value | None) -> NewMessage:
    return NewMessage(
        project=event.project,
        conversation=event.conversation,
        seq=event.seq,
        id=event.message,
        party=event.author_party,
        sender=event.author,
        sender_name=event.author_name,
        ref=ref,
        kind=event.kind,
        body=event.body,
        meta=event.meta or None,
        at=event.at,
        content=content,
    )


def new_row(one: OpenConversation) -> NewConversation:
    return NewConversation(
        one.project,
        one.id,
        one.visitor,
        one.status,
        one.assignee,
        one.last_seq,
        one.snippet or "",
        one.last_message_at,
    )


def changed_row(one: OpenConversation) -> ChangedConversation:
    return ChangedConversation(
        one.project,
        one.id,
        one.status,
        one.assignee,
        one.last_seq,
        one.snippet,
        one.last_message_at,
    )


def change_row(event: ConversationChanged, *, id: bytes) -> NewChange:
    """The history row of a change by an agent, an API key or the system."""
    return NewChange(
        project=event.project,
        conversation=event.conversation,
        seq=event.seq,
        id=id,
        at=event.at,
        party=event.by_party,
        actor=event.by,
        actor_name=event.by_name,
        status=event.status,
        assigned=event.assigned,
        assignee=event.assignee,
    )


def reopened_row(event: MessagePosted, *, id: bytes) -> NewChange:
    """A visitor's message set the status back to open."""
    return NewChange(
        project=event.project,
        conversation=event.conversation,
        seq=event.seq,
        id=id,
        at=event.at,
        party="visitor",
        actor=event.author,
        actor_name="",
        status="open",
        assigned=False,
        assignee=None,
    )
