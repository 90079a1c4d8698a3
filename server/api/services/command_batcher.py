"""Commands of the HTTP API, whose callers wait: concurrent commands share a transaction (hop 5)."""

from collections.abc import Sequence
from typing import Final

import outcome
import trio

from core import ids
from core.apply.apply import Result, apply
from core.commands import Command
from server.batcher import Batcher
from server.pool import UNAVAILABLE, Database

MAX_BATCH: Final = 64  # commands in one transaction
MIN_INTERVAL: Final = 0.008  # seconds between two transactions at least
MAX_QUEUE: Final = 1_000  # commands; beyond it callers get `unavailable` with Retry-After
TIMEOUT: Final = 8.0  # seconds for a transaction, so that one command cannot block all others
# Wakes the relay, whose poll finds events that this misses. Inside the transaction NOTIFY would take a lock
# that all transactions share.
WAKE: Final = "NOTIFY parley_outbox"

Outcomes = list[outcome.Maybe[Result]]


class CommandBatcher(Batcher[Command, Result]):
    """Applies commands; `call` returns core.apply's result for one, or raises UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        super().__init__(self._write, max_batch=MAX_BATCH, max_queue=MAX_QUEUE, min_interval=MIN_INTERVAL)
        self._database = database

    async def _write(self, commands: Sequence[Command]) -> Outcomes:
        with trio.fail_after(TIMEOUT):
            try:
                return [outcome.Value(result) for result in await self._commit(commands)]
            except UNAVAILABLE:
                raise
            except Exception:
                if len(commands) == 1:
                    raise
        # One command fails the transaction of all: retry each in its own, so that the others succeed.
        until = trio.current_time() + TIMEOUT
        return [await self._only(command, until) for command in commands]

    async def _only(self, command: Command, until: float) -> outcome.Maybe[Result]:
        try:
            with trio.fail_at(until):
                (result,) = await self._commit([command])
        except Exception as error:  # noqa: BLE001  it is raised to the command's caller
            return outcome.Error(error)
        return outcome.Value(result)

    async def _commit(self, commands: Sequence[Command]) -> Sequence[Result]:
        now = ids.now()
        return await self._database.commit(lambda conn: apply(conn, commands, now=now), then=WAKE)
