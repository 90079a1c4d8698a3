"""Authentication: concurrent requests are rate limited, and their sessions looked up, in one batch."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import outcome
import trio

from core.bus.limits import Count, Hit
from core.db.identity import sign_in
from core.db.identity.sign_in import Caller, SignIn
from server.api.services.rate_limiter import RateLimited, RateLimiter
from server.batcher import Batcher
from server.pool import Database

MAX_BATCH: Final = 200  # requests
# At least this many seconds between two batches. It is the first wait of every request: requests that were
# looked up together also arrive together at the next batch, for example of commands.
MIN_INTERVAL: Final = 0.006
MAX_QUEUE: Final = 2_000
TIMEOUT: Final = 5.0  # seconds


class Shown(NamedTuple):
    """A valid signed token: the hit to count, and the session that must still exist."""

    hit: Hit
    sign_in: SignIn


class Known(NamedTuple):
    """The caller, None if the session has ended, and the counted hit."""

    caller: Caller | None
    counted: Count


class Authenticator(Batcher[Shown, Known]):
    """`call` returns the caller, None if the session has ended; raises RateLimited or UNAVAILABLE.

    Rate limiting runs in parallel to the lookup: only callers with a token that we signed get here, and
    Postgres is queried once for all of them. Two waits in sequence would slow down every request.
    """

    def __init__(self, database: Database, rate_limiter: RateLimiter) -> None:
        super().__init__(self._admit, max_batch=MAX_BATCH, max_queue=MAX_QUEUE, min_interval=MIN_INTERVAL)
        self._database = database
        self._rate_limiter = rate_limiter

    async def _admit(self, shown: Sequence[Shown]) -> list[outcome.Maybe[Known]]:
        found: outcome.Maybe[list[Caller | None]] = outcome.Value([])

        async def look_up() -> None:
            nonlocal found
            found = await outcome.acapture(self._look_up, [one.sign_in for one in shown])

        async with trio.open_nursery() as nursery:
            nursery.start_soon(look_up)
            counts = await self._rate_limiter.count([one.hit for one in shown])
        callers = found.unwrap()
        return [
            outcome.Error(RateLimited(counted.wait))
            if counted.wait > 0
            else outcome.Value(Known(caller, counted))
            for counted, caller in zip(counts, callers, strict=True)
        ]

    async def _look_up(self, sign_ins: Sequence[SignIn]) -> list[Caller | None]:
        with trio.fail_after(TIMEOUT):
            return list(await self._database.read(lambda conn: sign_in.callers(conn, sign_ins)))
