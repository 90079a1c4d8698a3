"""Who calls: the sign-ins of requests that come together are looked up in one statement."""

from collections.abc import Sequence
from typing import Final

import outcome
import trio

from core.db import access
from core.db.access import Caller, SignIn
from server.gathering import Gathering
from server.pool import Database

MOST: Final = 200  # in one statement
PACE: Final = 0.002  # seconds from one statement to the next at least
WAITING: Final = 2_000
DEADLINE: Final = 5.0  # seconds


class Callers(Gathering[SignIn, Caller | None]):
    """`call` gives the living sign-in, or None; raises what AWAY names."""

    def __init__(self, database: Database) -> None:
        """Nothing is under way."""
        super().__init__(self._look_up, most=MOST, waiting=WAITING, pace=PACE)
        self._database = database

    async def _look_up(self, shown: Sequence[SignIn]) -> list[outcome.Maybe[Caller | None]]:
        with trio.fail_after(DEADLINE):
            found = await self._database.read(lambda conn: access.callers(conn, shown))
        return [outcome.Value(one) for one in found]
