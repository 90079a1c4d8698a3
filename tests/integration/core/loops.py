"""The event loops of servers and workers: what knows neither is tested on each."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import trio
import uvloop

Loop = Callable[[Callable[[], Awaitable[None]]], None]


@pytest.fixture(params=[trio.run, asyncio.run, uvloop.run], ids=["trio", "asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> Loop:
    """Runs a test's work on an event loop."""
    return lambda work: request.param(work if request.param is trio.run else work())


@pytest.fixture(
    params=[
        trio.run,
        pytest.param(asyncio.run, marks=pytest.mark.soak),
        pytest.param(uvloop.run, marks=pytest.mark.soak),
    ],
    ids=["trio", "asyncio", "uvloop"],
)
def long_loop(request: pytest.FixtureRequest) -> Loop:
    """Likewise for a test of some ten seconds: on one of them in `make test`."""
    return lambda work: request.param(work if request.param is trio.run else work())
