"""Who calls: requests that come together are counted and their sign-ins looked up in one go."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import outcome
import trio

from core.bus.limits import Hit
from core.db.identity import sign_in
from core.db.identity.sign_in import Caller, SignIn
from server.api.services.rate_limiter import RateLimited, RateLimiter
from server.batcher import Batcher
from server.pool import Database

MAX_BATCH: Final = 200  # in one go
# Seconds from one go to the next at least. It is the first thing that a request waits for: those that were
# looked up together are, where they write, written together.
MIN_INTERVAL: Final = 0.006
MAX_QUEUE: Final = 2_000
TIMEOUT: Final = 5.0  # seconds


class Shown(NamedTuple):
    """A signed token: whom to count, and the sign-in that has to be alive still."""

    hit: Hit
    sign_in: SignIn


class Authenticator(Batcher[Shown, Caller | None]):
    """`call` gives the living sign-in, or None; raises RateLimited, and what AWAY names.

    Counting does not come first: only who holds a token that we signed gets here, and Postgres is asked for
    all of them at once. Each wait by itself would add to what every request waits.
    """

    def __init__(self, database: Database, rate_limiter: RateLimiter) -> None:
        """Nothing is under way."""
        super().__init__(self._admit, max_batch=MAX_BATCH, max_queue=MAX_QUEUE, min_interval=MIN_INTERVAL)
        self._database = database
        self._rate_limiter = rate_limiter

    async def _admit(self, shown: Sequence[Shown]) -> list[outcome.Maybe[Caller | None]]:
        found: outcome.Maybe[list[Caller | None]] = outcome.Value([])

        async def look_up() -> None:
            nonlocal found
            found = await outcome.acapture(self._look_up, [one.sign_in for one in shown])

        async with trio.open_nursery() as nursery:
            nursery.start_soon(look_up)
            waits = await self._rate_limiter.count([one.hit for one in shown])
        callers = found.unwrap()
        return [
            outcome.Error(RateLimited(wait)) if wait > 0 else outcome.Value(caller)
            for wait, caller in zip(waits, callers, strict=True)
        ]

    async def _look_up(self, sign_ins: Sequence[SignIn]) -> list[Caller | None]:
        with trio.fail_after(TIMEOUT):
            return list(await self._database.read(lambda conn: sign_in.callers(conn, sign_ins)))
