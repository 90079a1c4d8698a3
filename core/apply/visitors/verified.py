"""Hop 5: who a visitor is, as the customer's site has signed it: VerifyVisitor, and first messages."""

from collections.abc import Sequence
from typing import Final, Self

from core import ids
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.rare import LoadedRows
from core.apply.result import Refused, Result
from core.commands import PostFiles, PostMessage, VerifyVisitor
from core.db.chat import visitors
from core.db.chat.load import LoadRequest, VisitorKey
from core.db.chat.visitors import VerifiedVisitor
from core.db.connection import Connection
from core.errors import Refusal
from core.events import VisitorChanged
from core.text import facts


class VerifiedVisitors(LoadedRows):
    """The verified visitors of the batch as they are stored, and those to be stored."""

    def __init__(self, known: dict[VisitorKey, VerifiedVisitor]) -> None:
        """`known`: the stored ones; they may have no conversation yet."""
        self.known = known
        self.changed: dict[VisitorKey, VerifiedVisitor] = {}

    @classmethod
    async def load(
        cls, conn: Connection, commands: Sequence[VerifyVisitor | PostMessage | PostFiles]
    ) -> Self:
        asked = {(one.project, one.visitor) for one in commands if ids.is_verified(one.visitor)}
        found = await visitors.verified(conn, asked) if asked else []
        return cls({(one.project, one.id): one for one in found})

    async def write(self, conn: Connection) -> None:
        if self.changed:
            await visitors.verify(conn, list(self.changed.values()))


def _want(command: VerifyVisitor, request: LoadRequest) -> None:
    request.visitors.add((command.project, command.visitor))


def _verify(command: VerifyVisitor, batch: Batch) -> Result:
    """Stores the visitor also before the first message: the site has vouched for them."""
    key = (command.project, command.visitor)
    conversation = batch.active(*key)
    if conversation is None and command.project not in batch.projects:
        return Refused(Refusal.NOT_FOUND)
    name = facts.name_in(command.facts)
    row = VerifiedVisitor(*key, command.external_id, name, command.facts, command.language, command.at)
    rows = batch.rare(VerifiedVisitors)
    known = rows.known.get(key)
    if known is not None and (known.name, known.verified) == (row.name, row.verified):
        return None
    rows.known[key] = rows.changed[key] = row
    if conversation is None:
        return None
    for one in batch.of(conversation.project, conversation.visitor):
        one.said_name = name
    event = VisitorChanged(
        conversation.project,
        conversation.id,
        conversation.last_seq,
        conversation.visitor,
        command.at,
        conversation.visitor_name,
        conversation.facts,
        command.facts,
    )
    if conversation.quiet:  # the event is for agents only
        return None
    batch.emit(event)
    return event


VERIFY: Final = Family(_want, _verify, (VerifiedVisitors,))
