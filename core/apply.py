"""Hop 5: THE write path. Lock, decide, write rows and outbox, inside the caller's transaction."""

from collections.abc import Sequence

import msgspec

from core.commands import Command
from core.db.connection import Connection
from core.errors import Refusal
from core.events import Event


class Refused(msgspec.Struct, frozen=True):
    """A command of the REST API was not carried out. Not an event: only its caller is told."""

    reason: Refusal


Result = Event | Refused | None


async def apply(conn: Connection, commands: Sequence[Command], *, now: int) -> list[Result]:
    """Carries out `commands` in order; one result each.

    An Event is committed with the caller's transaction and told by the relay. A visitor's PostMessage that is
    not carried out gives CommandRefused (an event: its socket waits for it), any other command Refused.
    None: nothing changed (a read mark that did not advance, a status it already had).
    """
    raise NotImplementedError
