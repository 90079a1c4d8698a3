"""Hop 5: status and assignee of a conversation: ChangeStatus and AssignConversation."""

from collections.abc import Sequence
from typing import Final, Self

from core import ids
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.rare import LoadedRows, RareRows
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation, change_row
from core.commands import AssignConversation, ChangeStatus
from core.db.chat import changes
from core.db.chat.changes import NewChange
from core.db.chat.load import LoadRequest
from core.db.connection import Connection
from core.db.projects import members
from core.db.projects.members import MemberKey
from core.errors import Refusal
from core.events import ConversationChanged
from core.model import Status


class Changes(RareRows):
    """New rows of conversations' histories, in order."""

    def __init__(self) -> None:
        self.rows: list[NewChange] = []

    async def write(self, conn: Connection) -> None:
        await changes.add(conn, self.rows)


class Assignees(LoadedRows):
    """The names of the members to whom the batch assigns conversations. Only read."""

    def __init__(self, names: dict[MemberKey, str]) -> None:
        self.names = names

    @classmethod
    async def load(cls, conn: Connection, commands: Sequence[AssignConversation]) -> Self:
        asked = {(one.project, one.assignee) for one in commands if one.assignee is not None}
        return cls(await members.names(conn, asked) if asked else {})


def _want(command: ChangeStatus | AssignConversation, request: LoadRequest) -> None:
    request.conversations.add((command.project, command.conversation))


def _change_status(command: ChangeStatus, batch: Batch) -> Result:
    conversation = batch.conversation(command.project, command.conversation)
    if conversation is None:
        return Refused(Refusal.NOT_FOUND)
    if conversation.ended:
        return Refused(Refusal.CLOSED)
    if conversation.withheld:
        return Refused(Refusal.BLOCKED)
    if conversation.status == command.status:
        return None
    conversation.status = command.status
    return _change(batch, conversation, command, status=command.status)


def _assign(command: AssignConversation, batch: Batch) -> Result:
    conversation = batch.conversation(command.project, command.conversation)
    if conversation is None:
        return Refused(Refusal.NOT_FOUND)
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
    return _change(batch, conversation, command, assigned=True, name=name)


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
ASSIGNMENT: Final = Family(_want, _assign, Assignees)
