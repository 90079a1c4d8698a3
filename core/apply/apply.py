"""Hop 5: the only write path: locks, decides, writes rows and outbox, inside the caller's transaction."""

from collections.abc import Sequence

from core.apply import families
from core.apply.batch import Batch
from core.apply.rare import RareRows
from core.apply.result import Refused, Result
from core.commands import Command
from core.db import outbox
from core.db.chat import load, save
from core.db.chat.load import Loaded, LoadRequest, VisitorKey
from core.db.connection import Connection
from core.ids import ProjectId

__all__ = ["Refused", "Result", "apply", "wake_relay"]


async def apply(conn: Connection, commands: Sequence[Command], *, now: int) -> list[Result]:
    """Applies `commands` in order; returns one result each. Two statements, three with first messages.

    An Event is committed with the caller's transaction and published by the relay. A refused PostMessage
    gives CommandRefused, which is an event too, because a socket waits for it. Any other refused command,
    and any command to a deleted project, gives Refused, which only the caller sees. None: nothing changed
    (a read mark that did not advance, the same status).
    An agent's repeated ref gives MessageRepeated, which is not published.

    Rare rows add a statement for each kind that the batch needs or changes.
    """
    loaded, projects = await _load(conn, families.wanted(commands))
    rare: dict[type[RareRows], RareRows] = {}
    for kind, asking in families.wanted_rare(commands).items():
        rare[kind] = await kind.load(conn, asking)
    batch = Batch(loaded, projects, rare, now=now)
    results = families.decide(commands, batch)
    await save.write(conn, batch.writes(), now=now)
    for rows in batch.rare_rows:
        await rows.write(conn)
    return results


async def wake_relay(conn: Connection) -> None:
    """After the commit; without it the relay finds the events at its next poll.

    Call it outside a transaction: inside, NOTIFY takes a lock that all transactions share at commit.
    """
    await conn.execute(outbox.WAKE)


async def _load(conn: Connection, request: LoadRequest) -> tuple[Loaded, dict[ProjectId, bool]]:
    """The rows, and for conversations that may start: whether each project limits its history."""
    starting = bool(request.newcomers)
    projects = await load.serialize(conn, request.newcomers) if starting else {}
    loaded = await load.load(conn, request, starting=starting)
    if strangers := request.visitors - _with_active(loaded) - request.newcomers:
        projects |= await load.serialize(conn, strangers)
        loaded = await load.load(conn, request, starting=True)
    elif any(one.raced or (starting and one.ended) for one in loaded.conversations.values()):
        # The previous holder of the lock may have stored a ref that our snapshot does not show, blocked the
        # visitor, or begun the next conversation.
        loaded = await load.load(conn, request, starting=starting)
    return loaded, projects


def _with_active(loaded: Loaded) -> set[VisitorKey]:
    return {(one.project, one.visitor) for one in loaded.conversations.values() if not one.ended}
