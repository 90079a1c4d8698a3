"""Stopping the assistant: from any server, whichever worker runs the turn."""

import asyncio
import json
import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import trio

from tests.client import MESSAGE, OK, SEND, STOP, STOPPED, TOKEN, Socket, greet, opened
from tests.integration.worker.assistant.model_server import HEAD, Client, ModelServer, piece, serving, text
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

WITHIN = 0.25  # seconds from the frame to the request's end, for 99 of 100


class Model:
    """Begins each answer and never ends it; knows when its client has left."""

    def __init__(self) -> None:
        self._loop = asyncio.SelectorEventLoop()  # not the policy's, which may be Trio's
        self._over = asyncio.Event()
        self._listening = threading.Event()
        self.left: list[float] = []  # of time.monotonic
        self.port = 0
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        assert self._listening.wait(PATIENCE)

    @property
    def setting(self) -> str:
        return json.dumps([{"name": "t", "base_url": f"http://127.0.0.1:{self.port}/v1", "model": "m"}])

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        made: ModelServer
        async with serving(self._answer) as made:
            self.port = made.port
            self._listening.set()
            await self._over.wait()

    async def _answer(self, client: Client) -> None:
        await client.send(HEAD, piece(text("It is ")))
        await client.left()
        self.left.append(time.monotonic())


@pytest.fixture
def model() -> Iterator[Model]:
    made = Model()
    yield made
    made.close()


@pytest.mark.alone
@pytest.mark.parametrize(
    "tries", [pytest.param(10, id="10 tries"), pytest.param(200, id="200 tries", marks=pytest.mark.soak)]
)
def test_a_stop_at_another_server_ends_the_request_to_the_model(
    fresh_stack: Stack, model: Model, tries: int
) -> None:
    project = add_project(fresh_stack)
    fresh_stack.sql(
        "INSERT INTO assistants (project_id, enabled, daily_tokens) VALUES ($1, true, 10000000)",
        UUID(bytes=project),
    )
    open_to_all = {"handshakes_per_minute": 100_000, "messages_per_minute": 100_000}
    servers = [fresh_stack.spawn("server", **open_to_all) for _ in range(2)]
    fresh_stack.spawn("worker", ai=model.setting)
    took: list[float] = []

    async def one(number: int) -> None:
        first, second = (server.port or 0 for server in servers)
        async with opened(first, project) as here, opened(second, project) as there:
            key = (await greet(here, project))["key"]
            await here.send(SEND, number + 1, UUID(int=number + 1).bytes, None, "text", "are you open?")
            await here.first(TOKEN)
            await greet(there, project, key=key)
            token = await here.first(TOKEN)
            began = time.monotonic()
            await there.send(STOP, 5, token[1], token[2])
            ok = await there.first(OK, lambda frame: frame[1] == 5)
            assert ok[2] == "stopped"
            await both_see_it(here, there)
            with trio.fail_after(PATIENCE):
                while len(model.left) <= number:  # noqa: ASYNC110  the model's thread may be slower than people
                    await trio.sleep(0.001)
            took.append(model.left[number] - began)

    async def all_of_them() -> None:
        for number in range(tries):
            await one(number)

    trio.run(all_of_them)
    took.sort()
    slowest = took[min(len(took) - 1, round(len(took) * 0.99))]
    print(f"stop: median {statistics.median(took) * 1000:.1f} ms, p99 {slowest * 1000:.1f} ms of {tries}")
    assert slowest <= WITHIN
    rows = fresh_stack.sql("SELECT state, stopped_by FROM assistant_turns")
    assert {tuple(row) for row in rows} == {("interrupted", "visitor")}


async def both_see_it(*sockets: Socket) -> None:
    """What was said until then is the message, marked, on every screen."""
    for socket in sockets:
        stopped = await socket.first(STOPPED)
        assert stopped[3] == "visitor"
        message = await socket.first(MESSAGE, lambda frame: frame[5][0] == "assistant")
        content: Any = message[10]
        assert message[8] == "It is" and content["stopped"] is True
        assert stopped[4] == message[3]
