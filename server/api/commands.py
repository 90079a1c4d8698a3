"""The second door: a command whose caller waits goes through core.apply itself (hop 5)."""

from core.apply import Refused, apply
from core.commands import Command
from core.events import CommandRefused, Event
from server.api.calls import MemberCall
from server.api.problems import refused


async def carry_out(call: MemberCall, command: Command) -> Event | None:
    """The event that was committed; None when nothing changed. Raises ApiError when the core refused.

    The relay is woken after the commit; when that fails, its poll finds the row.
    """
    (result,) = await call.services.database.commit(lambda conn: apply(conn, [command], now=call.now))
    if isinstance(result, Refused | CommandRefused):
        raise refused(result.reason)
    if result is not None:
        await call.services.waker.wake()
    return result
