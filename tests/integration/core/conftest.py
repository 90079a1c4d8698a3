"""A client of a real Valkey, under both event loops; and accounts and projects on a real Postgres."""

import asyncio
from collections.abc import Iterator

import pytest
import trio

from core.bus import connection
from tests.integration.core.bus_messages import On, Work
from tests.integration.core.office import Office
from tests.stack import Stack


@pytest.fixture(params=[trio.run, asyncio.run], ids=["trio", "asyncio"])
def on(request: pytest.FixtureRequest, stack: Stack) -> On:
    """Runs a test's work with a client, on an emptied Valkey."""
    stack.redis("FLUSHALL")
    stack.redis("SCRIPT", "FLUSH")

    def run(work: Work) -> None:
        async def main() -> None:
            async with connection.client(stack.redis_url) as redis:
                await work(redis)

        request.param(main if request.param is trio.run else main())

    return run


@pytest.fixture
def office(stack: Stack) -> Iterator[Office]:
    with Office(stack.database_url) as made:
        yield made
