"""Hop 5: a conversation that a batch works on, and the rows made from it."""

from typing import Final

import msgspec

from core import event_details
from core.content import Value
from core.db.chat.changes import NewChange
from core.db.chat.load import LockedConversation
from core.db.chat.save import ChangedConversation, NewConversation, NewMessage, NewOutboxRow
from core.events import (
    CommandRefused,
    ConversationChanged,
    CopilotAsked,
    CopilotRefused,
    Event,
    MessagePosted,
    OwnerChanged,
    encode,
    kind,
)
from core.ids import ConversationId, ProjectId, Ref, UserId, VisitorId
from core.model import Meta, Owner, Restriction, Status, visitor_name

OUTSIDE: Final = 0  # the last_message_at of a withheld conversation in its row: lists end before it


class OpenConversation(msgspec.Struct):
    """A conversation while a batch changes it."""

    project: ProjectId
    id: ConversationId
    visitor: VisitorId
    said_name: str | None  # of the visitor, by the page
    status: Status
    assignee: UserId | None
    last_seq: int
    last_message_at: int
    limited: bool
    facts: Meta
    last_change: int = 0
    given_name: str | None = None  # of the visitor, by an agent
    restriction: Restriction | None = None  # of the visitor
    shown_seq: int | None = None  # how far agents see the messages; None: all
    reopens: bool = False  # by an agent's reply
    owner: Owner | None = None
    owner_reason: str | None = None
    owner_version: int = 0
    ended: bool = False
    new: bool = False
    introduced: bool = False  # its first message is the first event of a visitor whom the site has signed
    changed: bool = False
    snippet: str | None = None

    @property
    def own_name(self) -> str:
        """Of the visitor, as they may see it themselves."""
        return visitor_name(self.said_name, self.visitor)

    @property
    def visitor_name(self) -> str:
        """Of the visitor, as agents see it."""
        return self.given_name or self.own_name

    @property
    def withheld(self) -> bool:
        """Whether agents do not see what the visitor writes."""
        return self.shown_seq is not None

    @property
    def newest_shown(self) -> int:
        """How far agents see the messages."""
        return self.last_seq if self.shown_seq is None else self.shown_seq

    @property
    def quiet(self) -> bool:
        """Whether agents do not hear of what the visitor does."""
        return self.restriction is not None or self.shown_seq is not None

    @property
    def deleted(self) -> bool:
        """It is hidden, and the janitor removes it. No other conversation is without a message."""
        return self.ended and self.last_seq == 0


def opened(one: LockedConversation) -> OpenConversation:
    """From its locked row."""
    return OpenConversation(
        one.project,
        one.id,
        one.visitor,
        one.visitor_name,
        one.status,
        one.assignee,
        one.last_seq,
        one.last_message_at,
        one.limited,
        one.facts or {},
        one.last_change,
        one.given_name,
        one.restriction,
        one.shown_seq,
        one.reopens,
        one.owner,
        one.owner_reason,
        one.owner_version,
        ended=one.ended,
    )


def message_row(event: MessagePosted, ref: Ref, content: Value | None, *, sender_name: str) -> NewMessage:
    return NewMessage(
        project=event.project,
        conversation=event.conversation,
        seq=event.seq,
        id=event.message,
        party=event.author_party,
        sender=event.author,
        sender_name=sender_name,
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
        OUTSIDE if one.withheld else one.last_message_at,
        one.last_change,
    )


def changed_row(one: OpenConversation) -> ChangedConversation:
    return ChangedConversation(
        one.project,
        one.id,
        one.status,
        one.assignee,
        one.last_seq,
        one.snippet,
        OUTSIDE if one.withheld else one.last_message_at,
        one.last_change,
    )


def outbox_row(
    event: Event, *, kept: OpenConversation | None, id: bytes, learned: tuple[str, ...] = ()
) -> NewOutboxRow:
    """`kept`: the conversation whose resume log gets the event. `id`: the event's. `learned`: see Details."""
    if isinstance(event, CopilotAsked | CopilotRefused):  # of no conversation and no visitor
        return NewOutboxRow(event.project, None, encode(event), id, kind(event), None, None, None)
    seq = None if isinstance(event, CommandRefused) else event.seq
    talk, change = (None, None) if kept is None else (kept.id, kept.last_change)
    return NewOutboxRow(
        event.project,
        talk,
        encode(event),
        id,
        kind(event),
        event.visitor,
        seq,
        change,
        event_details.of(event, learned=learned),
    )


def change_row(event: ConversationChanged, *, id: bytes) -> NewChange:
    """The history row of a change by an agent, an API key or the system. `id`: the event's."""
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


def owner_row(event: OwnerChanged, *, id: bytes) -> NewChange:
    """The history row of another owner. `id`: the event's."""
    return NewChange(
        project=event.project,
        conversation=event.conversation,
        seq=event.seq,
        id=id,
        at=event.at,
        party=event.by_party,
        actor=event.by,
        actor_name=event.by_name,
        status=None,
        assigned=False,
        assignee=None,
        owner=event.owner,
        owner_reason=event.reason,
    )


def reopened_row(event: MessagePosted, *, id: bytes) -> NewChange:
    """A message of a visitor or an agent set the status back to open."""
    return NewChange(
        project=event.project,
        conversation=event.conversation,
        seq=event.seq,
        id=id,
        at=event.at,
        party=event.author_party,
        actor=event.author,
        actor_name="" if event.author_party == "visitor" else event.author_name,
        status="open",
        assigned=False,
        assignee=None,
    )
