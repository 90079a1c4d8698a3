"""Runs a route's command: returns the committed event, or raises the refusal."""

from core.apply.apply import Refused
from core.commands import Command
from core.errors import Refusal
from core.events import CommandRefused, Event
from server.api.http.calls import MemberCall
from server.api.http.problems import refused


async def carry_out(call: MemberCall, command: Command) -> Event | None:
    """Run a command; returns the committed event, None if nothing changed. Raises ApiError for a refusal."""
    result = await call.services.command_batcher.call(command)
    if isinstance(result, Refused | CommandRefused):
        raise refused(Refusal(result.reason))
    return result
