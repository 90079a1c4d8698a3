"""Hop 5: THE write path: locks, decides, writes rows and outbox, inside the caller's transaction."""

from collections.abc import Sequence

from core.apply.batch import Batch, Refused, Result
from core.commands import AssignConversation, Command, IdentifyVisitor, MarkRead, PostMessage
from core.db.chat import load, save
from core.db.chat.load import Loaded, LoadRequest, VisitorKey
from core.db.connection import Connection

__all__ = ["Refused", "Result", "apply"]


async def apply(conn: Connection, commands: Sequence[Command], *, now: int) -> list[Result]:
    """Applies `commands` in order; returns one result each. Two statements, three with first messages.

    An Event is committed with the caller's transaction and published by the relay. A refused PostMessage
    gives CommandRefused, which is an event too, because a socket waits for it. Any other refused command,
    and any command to a deleted project, gives Refused, which only the caller sees. None: nothing changed
    (a read mark that did not advance, the same status).
    An agent's repeated ref gives MessageRepeated, which is not published.
    """
    wanted = _wanted(commands)
    newcomers = _newcomers(commands)
    projects = await load.serialize(conn, newcomers) if newcomers else {}
    loaded = await load.load(conn, wanted)
    if strangers := wanted.visitors - _with_active(loaded) - newcomers:
        projects |= await load.serialize(conn, strangers)
        loaded = await load.load(conn, wanted)
    elif any(one.raced for one in loaded.conversations.values()):
        # The previous holder of the lock may have stored a ref that our snapshot does not show.
        loaded = await load.load(conn, wanted)
    batch = Batch(loaded, projects, now=now)
    results = [batch.carry_out(command) for command in commands]
    if batch.ended:
        await save.end_conversations(conn, batch.ended, now=now)
    writes = batch.writes()
    if writes.outbox or writes.messages:
        await save.write(conn, writes)
    return results


def _wanted(commands: Sequence[Command]) -> LoadRequest:
    wanted = LoadRequest()
    for command in commands:
        if not isinstance(command, IdentifyVisitor) and command.conversation is not None:
            wanted.conversations.add((command.project, command.conversation))
        match command:
            case PostMessage():
                if command.author.party == "visitor":
                    wanted.visitors.add((command.project, command.visitor))
                wanted.refs.add((command.project, command.author.id, command.ref))
            case IdentifyVisitor():
                wanted.visitors.add((command.project, command.visitor))
            case MarkRead():
                wanted.reads.add((command.project, command.conversation, command.reader))
            case AssignConversation(assignee=assignee) if assignee is not None:
                wanted.members.add((command.project, assignee))
            case _:
                pass
    return wanted


def _newcomers(commands: Sequence[Command]) -> set[VisitorKey]:
    """Visitors whose message names no conversation: nearly all of them have none."""
    return {
        (command.project, command.visitor)
        for command in commands
        if isinstance(command, PostMessage) and command.conversation is None
    }


def _with_active(loaded: Loaded) -> set[VisitorKey]:
    return {(one.project, one.visitor) for one in loaded.conversations.values() if not one.ended}
