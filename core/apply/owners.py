"""Hop 5: who answers the visitor: ChangeOwner, and what people's other acts mean for it."""

from typing import Final

from core import ids
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.history import Changes
from core.apply.rare import RareRows
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation, owner_row
from core.commands import ChangeOwner
from core.db.chat import owners
from core.db.chat.load import ConversationKey, LoadRequest
from core.db.connection import Connection
from core.errors import Refusal
from core.events import OwnerChanged
from core.model import Author, Owner, OwnerReason


class Owners(RareRows):
    """The conversations whose owner changed, or for which a person acted."""

    def __init__(self) -> None:
        self.changed: dict[ConversationKey, OpenConversation] = {}

    async def write(self, conn: Connection) -> None:
        rows = [
            owners.NewOwner(one.project, one.id, one.owner, one.owner_reason, one.owner_version)
            for one in self.changed.values()
        ]
        await owners.save(conn, rows)


def _want(command: ChangeOwner, request: LoadRequest) -> None:
    request.conversations.add((command.project, command.conversation))


def _change_owner(command: ChangeOwner, batch: Batch) -> Result:
    conversation = batch.conversation(command.project, command.conversation)
    if conversation is None or conversation.deleted:
        return Refused(Refusal.NOT_FOUND)
    if command.author.party == "visitor":
        if conversation.visitor != command.author.id:
            return Refused(Refusal.NOT_FOUND)
        if conversation.quiet or conversation.owner is None:  # the assistant does not answer here
            return None
    if conversation.ended:
        return Refused(Refusal.CLOSED)
    if conversation.withheld and command.author.party != "system":
        return Refused(Refusal.BLOCKED)
    if command.version is not None and command.version != conversation.owner_version:
        return Refused(Refusal.STALE)
    if not _may(command, conversation):
        return Refused(Refusal.FORBIDDEN)
    if conversation.owner == command.owner:
        return None
    return change(batch, conversation, command.owner, command.reason, command.author, at=command.at)


def _may(command: ChangeOwner, conversation: OpenConversation) -> bool:
    """A visitor takes back what they asked for themselves, and no decision of the team or the assistant."""
    if command.author.party != "visitor" or command.owner == "person":
        return True
    return conversation.owner_reason == "declined" and conversation.assignee is None


def acted(
    batch: Batch, conversation: OpenConversation, reason: OwnerReason, author: Author, *, at: int
) -> None:
    """A person has answered, or was made responsible: from here on the assistant is silent.

    Nothing happens where it never answered: it looks for people before it does so for the first time.
    """
    if conversation.owner == "assistant":
        change(batch, conversation, "person", reason, author, at=at)


def solved(batch: Batch, conversation: OpenConversation, author: Author, *, at: int) -> None:
    """A person has set it to solved: the turn under way ends, and the assistant answers the next message."""
    if conversation.owner == "assistant":
        change(batch, conversation, "assistant", "solved", author, at=at)


def change(
    batch: Batch,
    conversation: OpenConversation,
    owner: Owner,
    reason: OwnerReason,
    author: Author,
    *,
    at: int,
) -> OwnerChanged:
    """What people do counts in `owner_version`; the assistant's own turns go on under the one they have."""
    conversation.owner, conversation.owner_reason = owner, reason
    if author.party != "assistant":
        conversation.owner_version += 1
    conversation.changed = True
    conversation.last_change += 1
    batch.rare(Owners).changed[conversation.project, conversation.id] = conversation
    event = OwnerChanged(
        conversation.project,
        conversation.id,
        conversation.last_seq,
        conversation.visitor,
        at,
        owner,
        reason,
        author.party,
        author.id,
        author.name if author.party != "visitor" else "",
        conversation.last_change,
    )
    id = ids.make(at)
    batch.rare(Changes).rows.append(owner_row(event, id=id))
    batch.emit(event, kept=conversation, id=id)
    return event


OWNER: Final = Family(_want, _change_owner)
