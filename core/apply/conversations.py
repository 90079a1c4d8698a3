"""Hop 5: a conversation itself: ChangeStatus, AssignConversation and DeleteConversation."""

from collections.abc import Sequence
from typing import Final, Self

from core import ids
from core.apply import owners
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.history import Changes
from core.apply.rare import LoadedRows, RareRows
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation, change_row
from core.commands import AssignConversation, ChangeStatus, DeleteConversation
from core.db.chat import conversation_deletion
from core.db.chat.load import ConversationKey, LoadRequest
from core.db.connection import Connection
from core.db.projects import members
from core.db.projects.members import MemberKey
from core.errors import Refusal
from core.events import ConversationChanged, ConversationDeleted
from core.model import Author, Status


class Assignees(LoadedRows):
    """The names of the members to whom the batch assigns conversations. Only read."""

    def __init__(self, names: dict[MemberKey, str]) -> None:
        self.names = names

    @classmethod
    async def load(cls, conn: Connection, commands: Sequence[AssignConversation]) -> Self:
        asked = {(one.project, one.assignee) for one in commands if one.assignee is not None}
        return cls(await members.names(conn, asked) if asked else {})


class Deletions(RareRows):
    """Conversations that the batch deletes, each with when."""

    def __init__(self) -> None:
        self.at: dict[ConversationKey, int] = {}

    async def write(self, conn: Connection) -> None:
        await conversation_deletion.hide(conn, self.at)


def _want(command: ChangeStatus | AssignConversation | DeleteConversation, request: LoadRequest) -> None:
    request.conversations.add((command.project, command.conversation))


def _change_status(command: ChangeStatus, batch: Batch) -> Result:
    conversation = batch.conversation(command.project, command.conversation)
    if conversation is None or conversation.deleted:
        return Refused(Refusal.NOT_FOUND)
    if conversation.ended:
        return Refused(Refusal.CLOSED)
    if conversation.withheld:
        return Refused(Refusal.BLOCKED)
    if conversation.status == command.status:
        return None
    conversation.status = command.status
    if command.status == "solved" and command.user != ids.SYSTEM:
        owners.solved(batch, conversation, _by(command), at=command.at)
    return _change(batch, conversation, command, status=command.status)


def _assign(command: AssignConversation, batch: Batch) -> Result:
    conversation = batch.conversation(command.project, command.conversation)
    if conversation is None or conversation.deleted:
        return Refused(Refusal.NOT_FOUND)
    if conversation.ended:
        return Refused(Refusal.CLOSED)
    name = None
    if command.assignee is not None:
        name = batch.rare(Assignees).names.get((command.project, command.assignee))
        if name is None:
            return Refused(Refusal.INVALID)
    if conversation.withheld:
        return Refused(Refusal.BLOCKED)
    if conversation.assignee == command.assignee:
        return None
    conversation.assignee = command.assignee
    if command.assignee is not None and command.user != ids.SYSTEM:
        owners.acted(batch, conversation, "assigned", _by(command), at=command.at)
    return _change(batch, conversation, command, assigned=True, name=name)


def _by(command: ChangeStatus | AssignConversation) -> Author:
    return Author("agent", command.user, command.user_name)


def _delete(command: DeleteConversation, batch: Batch) -> Result:
    """Repeated, it changes nothing."""
    conversation = batch.conversation(command.project, command.conversation)
    if conversation is None:
        return Refused(Refusal.NOT_FOUND)
    if conversation.deleted:
        return None
    event = ConversationDeleted(
        conversation.project,
        conversation.id,
        conversation.last_seq,
        conversation.visitor,
        command.at,
        command.user,
        command.user_name,
    )
    batch.delete(conversation)
    batch.rare(Deletions).at[conversation.project, conversation.id] = command.at
    batch.emit(event, kept=conversation)
    return event


def _change(
    batch: Batch,
    conversation: OpenConversation,
    command: ChangeStatus | AssignConversation,
    *,
    status: Status | None = None,
    assigned: bool = False,
    name: str | None = None,
) -> ConversationChanged:
    conversation.changed = True
    conversation.last_change += 1
    event = ConversationChanged(
        conversation.project,
        conversation.id,
        conversation.last_seq,
        conversation.visitor,
        command.at,
        command.user,
        status,
        assigned,
        conversation.assignee if assigned else None,
        name,
        command.user_name,
        conversation.last_change,
    )
    id = ids.make(event.at)
    batch.rare(Changes).rows.append(change_row(event, id=id))
    batch.emit(event, kept=conversation, id=id)
    return event


STATUS: Final = Family(_want, _change_status)
ASSIGNMENT: Final = Family(_want, _assign, (Assignees,))
DELETION: Final = Family(_want, _delete)
