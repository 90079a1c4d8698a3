"""Whether the replica is usable: it is there, it is a standby of our primary, and at most 5 s behind it.

How old its data is cannot be asked of a standby: the time of the last replayed transaction grows on an idle
primary, and a standby that lost its connection believes that it is up to date. So the position of the
primary's log is noted every second with our own clock; what the replica has replayed proves that it has
everything that was committed before the newest noted position that it has reached.
"""

import logging
from collections import deque
from math import inf
from typing import Final, NamedTuple

import asyncpg
import trio

from core.db.ops import replication
from core.db.ops.replication import Position
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from core.text import reasons
from server.pool import UNAVAILABLE, Database

MAX_LAG: Final = 5.0  # seconds
CHECK_INTERVAL: Final = 1.0  # seconds
CHECK_TIMEOUT: Final = 2.0  # seconds
LATE: Final = f"it is more than {MAX_LAG:g} s behind the primary"
MAX_NOTED: Final = 16  # noted positions; older ones prove nothing any more


class Noted(NamedTuple):
    """The primary's position at a time of our clock, in seconds."""

    at: float
    lsn: int


class Proof:
    """From when the replica's data is at least; pure."""

    def __init__(self) -> None:
        self._noted: deque[Noted] = deque(maxlen=MAX_NOTED)

    def note(self, at: float, lsn: int) -> None:
        """The primary has written up to `lsn` at `at`. After a failover it may have written less."""
        if self._noted and lsn < self._noted[-1].lsn:
            self._noted.clear()
        self._noted.append(Noted(at, lsn))

    def covered(self, replayed: int) -> float:
        """The latest noted time of which the replica has everything; minus infinity if there is none."""
        return next((noted.at for noted in reversed(self._noted) if noted.lsn <= replayed), -inf)


class Replica:
    """The pool of the replica; `run` keeps `is_usable` current."""

    def __init__(self, primary: Database, database: Database, watched: Database) -> None:
        """`watched`: another pool of the replica, whose connections no read holds. `primary`: likewise."""
        self.database = database
        self._primary = primary
        self._watched = watched
        self._proof = Proof()
        self._began = trio.current_time()
        self._covered = -inf  # time of our clock up to which the replica has everything
        self._reported: bool | None = None

    @property
    def is_usable(self) -> bool:
        """Whether its data is at most MAX_LAG old; false as well when `run` does not get to check it."""
        return trio.current_time() - self._covered < MAX_LAG

    async def run(self) -> None:
        """Check until cancelled."""
        while True:
            await self.check()
            await trio.sleep(CHECK_INTERVAL)

    async def check(self) -> None:
        """Look at both servers, and log when the replica became usable or unusable."""
        reason = LATE
        try:
            with trio.fail_after(CHECK_TIMEOUT):
                now = trio.current_time()
                primary = await self._primary.read(replication.written)
                standby = await self._watched.read(replication.replayed)
        except trio.TooSlowError:
            reason = "a server did not answer in time"
        except (*UNAVAILABLE, asyncpg.PostgresError, asyncpg.InternalClientError) as error:
            reason = reasons.said(error)
        else:
            reason = self._note(now, primary, standby)
        counters[Metric.REPLICA_LAG] = trio.current_time() - max(self._covered, self._began)
        self._report(reason)

    def failed(self, error: BaseException) -> None:
        """A read failed there: leave the replica alone until the next check."""
        self._covered = -inf
        self._report(reasons.said(error))

    def _note(self, now: float, primary: Position, standby: Position | None) -> str:
        """Note the positions; returns why the replica is not usable, if it is not."""
        self._proof.note(now, primary.lsn)
        if standby is None or standby.system != primary.system:
            self._covered = -inf
            return "it is not a standby of the primary"
        self._covered = max(self._covered, self._proof.covered(standby.lsn))
        return LATE

    def _report(self, reason: str) -> None:
        usable = self.is_usable
        starts = self._reported is None and trio.current_time() - self._began < MAX_LAG
        if usable is self._reported or (starts and not usable):  # one look alone proves nothing under load
            return
        self._reported = usable
        if usable:
            log(Log.REPLICA_USED)
        else:
            log(Log.REPLICA_SKIPPED, level=logging.WARNING, reason=reason)
