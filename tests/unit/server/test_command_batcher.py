"""A command that breaks the shared transaction, or never ends, fails for its own sender alone."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
import trio
from trio.testing import MockClock

from core.commands import Command
from core.db.connection import Connection
from server.api.services.command_batcher import TIMEOUT, CommandBatcher
from server.pool import Database


class Postgres:
    """Refuses a transaction of several commands; the next transaction, of one command, never ends."""

    def __init__(self) -> None:
        self.commits = 0

    async def commit(self, _work: Callable[[Connection], Awaitable[Any]], *, then: str = "") -> Any:
        self.commits += 1
        if self.commits == 2:  # the first transaction held every command
            await trio.sleep_forever()
        if self.commits == 1:
            raise ValueError("one of them spoils it")
        return [f"done with {then}"]


@pytest.mark.parametrize("others", [1, 20])
async def test_a_command_that_times_out_alone_is_refused_and_delays_the_others_for_a_limited_time(
    autojump_clock: MockClock, others: int
) -> None:
    writer = CommandBatcher(cast("Database", Postgres()))
    outcomes: list[str] = []

    async def send() -> None:
        try:
            await writer.call(cast("Command", object()))
        except Exception as error:  # noqa: BLE001  what the caller of a route would see
            outcomes.append(type(error).__name__)
        else:
            outcomes.append("done")

    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        for _ in range(1 + others):
            nursery.start_soon(send)
    assert "TooSlowError" in outcomes
    assert len(outcomes) == 1 + others
    assert trio.current_time() - began < 2 * TIMEOUT + 1
