"""Hop 5: what a page says about its visitor: IdentifyVisitor, and the facts that come with a message."""

from typing import Final

from core import ids
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.rare import RareRows
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation
from core.commands import IdentifyVisitor
from core.db.chat import visitors
from core.db.chat.load import LoadRequest, VisitorKey
from core.db.chat.visitors import KnownVisitor
from core.db.connection import Connection
from core.errors import Refusal
from core.event_details import EMAIL, NAME
from core.events import VisitorChanged
from core.model import Meta
from core.text import facts


class KnownVisitors(RareRows):
    """The last facts of each visitor about whom something new was said."""

    def __init__(self) -> None:
        self.known: dict[VisitorKey, KnownVisitor] = {}

    async def write(self, conn: Connection) -> None:
        await visitors.update(conn, list(self.known.values()))


def _want(command: IdentifyVisitor, request: LoadRequest) -> None:
    request.visitors.add((command.project, command.visitor))


def _identify(command: IdentifyVisitor, batch: Batch) -> Result:
    """Stores nothing for a visitor without a conversation: the first message will carry the facts."""
    conversation = batch.active(command.project, command.visitor)
    if conversation is None:
        return Refused(Refusal.NOT_FOUND)
    learned = learn(batch, conversation, command.facts)
    if learned is None:
        return None
    event = VisitorChanged(
        conversation.project,
        conversation.id,
        conversation.last_seq,
        conversation.visitor,
        command.at,
        conversation.visitor_name,
        conversation.facts,
    )
    if conversation.quiet:  # the event is for agents only
        return None
    batch.emit(event, learned=learned)
    return event


def learn(batch: Batch, conversation: OpenConversation, said: Meta) -> tuple[str, ...] | None:
    """Merges the facts that the page said; None: none was new. They never name a verified visitor.

    Returns which of name and email address of an anonymous visitor were not known before.
    """
    before, known = conversation.facts, facts.merged(conversation.facts, said)
    if known is None:
        return None
    name = facts.name_in(known)
    learned: tuple[str, ...] = ()
    anonymous = not ids.is_verified(conversation.visitor)
    for one in batch.of(conversation.project, conversation.visitor):
        one.facts = known
        if anonymous:
            one.said_name = name
    if anonymous:
        learned = tuple(one for one in _naming(known) if one not in _naming(before))
    row = KnownVisitor(conversation.project, conversation.visitor, name, known)
    batch.rare(KnownVisitors).known[row.project, row.id] = row
    return learned


def _naming(known: Meta) -> tuple[str, ...]:
    """Which of the facts say who the visitor is."""
    email = known.get("email")
    found = {NAME: facts.name_in(known) is not None, EMAIL: isinstance(email, str) and "@" in email}
    return tuple(one for one, present in found.items() if present)


IDENTIFY: Final = Family(_want, _identify)
