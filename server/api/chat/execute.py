"""What a route says of its command: the event that was committed, or why there is none."""

from core.apply.apply import Refused
from core.commands import Command
from core.errors import Refusal
from core.events import CommandRefused, Event
from server.api.http.calls import MemberCall
from server.api.http.problems import refused


async def carry_out(call: MemberCall, command: Command) -> Event | None:
    """The event that was committed; None when nothing changed. Raises ApiError when the core refused."""
    result = await call.services.command_batcher.call(command)
    if isinstance(result, Refused | CommandRefused):
        raise refused(Refusal(result.reason))
    return result
