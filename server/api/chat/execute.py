"""Runs a route's command: returns the committed event, or raises the refusal; the message it stored."""

from core.apply.apply import Refused
from core.commands import Command
from core.db.chat import messages
from core.errors import Refusal
from core.events import CommandRefused, Event, MessagePosted, MessageRepeated
from server.api.chat import form_states, views
from server.api.chat.schemas import Message
from server.api.http.calls import Answer, MemberCall
from server.api.http.problems import ApiError, refused


async def carry_out(call: MemberCall, command: Command) -> Event | None:
    """Run a command; returns the committed event, None if nothing changed. Raises ApiError for a refusal."""
    result = await call.services.command_batcher.call(command)
    if isinstance(result, Refused | CommandRefused):
        raise refused(Refusal(result.reason), result.faults)
    return result


async def post(call: MemberCall, command: Command) -> Answer[Message]:
    """Run a command that stores a message of the caller's; 200 if its `ref` was stored before."""
    event = await carry_out(call, command)
    match event:
        case MessagePosted():
            return Answer(value=views.posted(event))
        case MessageRepeated():
            return Answer(value=await _stored(call, event), status=200)
        case _:
            raise TypeError(f"a message became {type(event).__name__}")


async def _stored(call: MemberCall, event: MessageRepeated) -> Message:
    async with call.services.database.connection() as conn:
        row = await messages.by_ref(conn, call.project, call.user.user, event.ref)
        if row is None:
            raise ApiError("not_found")  # erased in between
        (shown,) = await form_states.added(conn, call.project, [views.message(row)], now=call.now)
    return shown
