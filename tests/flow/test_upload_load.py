"""Fifty uploads at once, beside people who write: their messages are stored as fast as before."""

import math
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import pytest
import trio

from tests.client import SEND, STORED, Socket, greet, opened, text, until_answers_are_taken
from tests.people import add_project
from tests.stack import ROOT, Stack

UPLOADS = 50
WRITERS = 20
PAUSE = 0.2  # seconds between two messages of a writer: a hundred a second together
ROUNDS = 3  # of a quiet and a loud time, so that what else the machine does falls into both
QUIET = 15.0  # seconds
ALLOWED = 1.2  # times the p99 without uploads
NOISE = 0.003  # seconds that two p99 of the same load differ by


class Writers:
    """Visitors who write all the time; how long each message took to be stored."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self.going = True

    async def write(self, socket: Socket, after: float) -> None:
        await trio.sleep(after)
        while self.going:
            ref, began = os.urandom(16), trio.current_time()
            await socket.send(SEND, 2, ref, None, "text", "Hello")
            await socket.first(STORED, lambda frame, ref=ref: frame[1] == ref)  # type: ignore[misc]
            self.took.append(trio.current_time() - began)
            socket.frames.clear()
            await trio.sleep(PAUSE)

    async def during(self, work: Callable[[], Awaitable[object]]) -> list[float]:
        """What messages took while it ran."""
        self.took = []
        await work()
        return self.took


def p99(took: list[float]) -> float:
    return sorted(took)[math.ceil(len(took) * 0.99) - 1]


@pytest.mark.alone
@pytest.mark.soak
async def test_fifty_uploads_at_once_do_not_delay_messages(fresh_stack: Stack) -> None:
    limits = {"handshakes_per_minute": 10_000, "messages_per_minute": 100_000}
    server = fresh_stack.spawn("server", trusted_proxies="127.0.0.1", **limits)
    fresh_stack.spawn("worker")
    port, project = server.port or 0, add_project(fresh_stack)
    await until_answers_are_taken(port, project)
    uploader = [sys.executable, "-m", "tests.flow.uploader", str(port), text(project), str(UPLOADS)]
    writers, quiet, loud = Writers(), list[float](), list[float]()
    async with AsyncExitStack() as going_on:
        sockets = [await going_on.enter_async_context(opened(port, project)) for _ in range(WRITERS)]
        for socket in sockets:
            await greet(socket, project)
        async with trio.open_nursery() as nursery:
            for number, socket in enumerate(sockets):
                nursery.start_soon(writers.write, socket, number * PAUSE / WRITERS)
            await trio.sleep(2)
            for _ in range(ROUNDS):
                quiet += await writers.during(partial(trio.sleep, QUIET))
                began = trio.current_time()
                loud += await writers.during(partial(trio.run_process, uploader, cwd=ROOT))
                print(f"{UPLOADS} uploads took {trio.current_time() - began:.1f} s")
            writers.going = False
    for name, took in (("without", quiet), ("with", loud)):
        p50, worst = sorted(took)[len(took) // 2] * 1000, p99(took) * 1000
        print(f"{name} uploads: {len(took)} messages, p50 {p50:.1f} ms, p99 {worst:.1f} ms")
    assert p99(loud) <= p99(quiet) * ALLOWED + NOISE
