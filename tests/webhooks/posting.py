"""Visitors who write numbered messages into conversations of several projects."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

import asyncpg
import uvloop

from core import ids
from core.apply.apply import apply, wake_relay
from core.commands import PostMessage
from core.ids import MessageId, ProjectId, Ref, VisitorId
from core.model import Author
from tests.integration.core.core_fixture import connect
from tests.patience import PATIENCE

AWAY: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Post(NamedTuple):
    """One message; its body is `number`, which counts from 0 in the conversation of its visitor."""

    project: ProjectId
    visitor: VisitorId
    number: int

    def command(self) -> PostMessage:
        author = Author("visitor", self.visitor)
        ref, message = Ref(ids.make()), MessageId(ids.make())
        return PostMessage(self.project, author, ref, message, None, "text", str(self.number), {}, ids.now())


class Posting:
    """A connection that is made again when it is lost. Close it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._conn: Any = None

    def post(self, posts: Sequence[Post]) -> None:
        """Stores them; repeating them with the same refs makes each once, also after an unknown commit."""
        commands = [one.command() for one in posts]

        async def work(conn: Any) -> None:
            async with conn.transaction():
                await apply(conn, commands, now=ids.now())
            await wake_relay(conn)

        self.run(work)

    def run(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        """Does `work`, again while Postgres is away."""
        return self._runner.run(self._until_done(work))

    async def _until_done(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if self._conn is None:
                    self._conn = await connect(self._url)
                return await work(self._conn)
            except AWAY:
                if time.monotonic() > deadline:
                    raise
                if self._conn is not None:
                    self._conn.terminate()
                    self._conn = None
                await asyncio.sleep(0.05)

    def close(self) -> None:
        if self._conn is not None:
            self._runner.run(self._conn.close())
        self._runner.close()
