"""Hop 5: renamed, muted and blocked visitors: ChangeVisitor, and what agents see of a conversation."""

from collections.abc import Sequence
from typing import Final, Self

from core import rules
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.rare import LoadedRows, RareRows
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation
from core.commands import ChangeVisitor
from core.db.chat import restrictions
from core.db.chat.load import ConversationKey, LoadRequest, VisitorKey
from core.db.chat.restrictions import GivenName, KnownVisitor, Mirrored, NewRestriction
from core.db.connection import Connection
from core.errors import Refusal
from core.events import VisitorChanged
from core.model import Restriction


class MirroredRestrictions(RareRows):
    """Conversations whose restriction, or what agents see of them, has changed."""

    def __init__(self) -> None:
        self.conversations: dict[ConversationKey, OpenConversation] = {}

    @property
    def rows(self) -> list[Mirrored]:
        return [
            Mirrored(one.project, one.id, one.restriction, one.shown_seq)
            for one in self.conversations.values()
        ]

    async def write(self, conn: Connection) -> None:
        await restrictions.mirror(conn, self.rows)


class ChangedVisitors(LoadedRows):
    """The visitors that the batch changes, with their new names and restrictions."""

    def __init__(self, known: dict[VisitorKey, KnownVisitor]) -> None:
        self.known = known
        self.names: dict[VisitorKey, GivenName] = {}
        self.restrictions: dict[VisitorKey, NewRestriction] = {}

    @classmethod
    async def load(cls, conn: Connection, commands: Sequence[ChangeVisitor]) -> Self:
        return cls(await restrictions.locked(conn, {(one.project, one.visitor) for one in commands}))

    async def write(self, conn: Connection) -> None:
        if self.names:
            await restrictions.rename(conn, list(self.names.values()))
        if self.restrictions:
            await restrictions.restrict(conn, list(self.restrictions.values()), snippet=rules.SNIPPET)


def mirror(batch: Batch, conversation: OpenConversation, restriction: Restriction | None) -> None:
    """The conversation says that its visitor is muted, blocked or neither."""
    conversation.restriction = restriction
    batch.rare(MirroredRestrictions).conversations[conversation.project, conversation.id] = conversation


def withhold(batch: Batch, conversation: OpenConversation) -> None:
    """Agents see nothing of what follows; harmless when they do not already."""
    if not conversation.withheld:
        conversation.shown_seq = conversation.last_seq
        mirror(batch, conversation, conversation.restriction)


def show(batch: Batch, conversation: OpenConversation) -> None:
    """Agents see everything again."""
    conversation.shown_seq = None
    mirror(batch, conversation, conversation.restriction)


def _want(command: ChangeVisitor, request: LoadRequest) -> None:
    request.visitors.add((command.project, command.visitor))


def _change(command: ChangeVisitor, batch: Batch) -> Result:
    key = (command.project, command.visitor)
    rows = batch.rare(ChangedVisitors)
    known = rows.known.get(key)
    active = batch.active(command.project, command.visitor)
    if known is None and active is None:
        return Refused(Refusal.NOT_FOUND)
    if command.restriction is not None:
        _restrict(command, batch, rows, active)
    if command.name is None:
        return None
    name, before = command.name or None, None
    if key in rows.names:
        before = rows.names[key].name
    elif known is not None:
        before = known.given_name
    if name == before:
        return None
    rows.names[key] = GivenName(command.project, command.visitor, name)
    for one in batch.of(command.project, command.visitor):
        one.given_name = name
    if active is None:
        return None
    event = VisitorChanged(
        active.project,
        active.id,
        active.last_seq if active.shown_seq is None else active.shown_seq,
        active.visitor,
        command.at,
        active.visitor_name,
        active.facts,
    )
    batch.emit(event)
    return event


def _restrict(
    command: ChangeVisitor, batch: Batch, rows: ChangedVisitors, active: OpenConversation | None
) -> None:
    kind = command.restriction or None
    rows.restrictions[command.project, command.visitor] = NewRestriction(
        command.project, command.visitor, kind, command.reason, command.at, command.user
    )
    batch.restrict(command.project, command.visitor, kind)
    if active is None:
        return
    if kind == "blocked":
        withhold(batch, active)
    elif active.withheld:
        show(batch, active)


CHANGE: Final = Family(_want, _change, (ChangedVisitors,))
