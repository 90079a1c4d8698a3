"""A project with articles, and the worker's stage `knowledge` in this process."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from core import ids
from core.bus import connection as bus
from core.config import settings
from core.db.knowledge import publishing, search, versions
from core.db.knowledge.search import Found
from core.db.projects import projects
from core.identity.encryption import Sealer
from tests.integration.core.core_fixture import CoreFixture
from tests.patience import PATIENCE
from tests.stack import SECRET, Stack
from worker import pool
from worker.control import Control
from worker.knowledge.stage import KnowledgeStage
from worker.process import Process
from worker.providers.asker import Asker
from worker.supervision import Health
from worker.wakeup import Wakeup


class Knowing(CoreFixture):
    """A project."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack.database_url)
        self.stack = stack

    def publish(self, title: str, content: str, language: str = "en") -> bytes:
        """A new article."""
        article = ids.make()
        text = versions.Text(title=title, language=language, content=content)

        async def work(conn: Any) -> None:
            async with conn.transaction():
                assert await projects.locked(conn, self.project)
                await versions.create(conn, self.project, article, text, by=None, now=ids.now())
                await publishing.publish(conn, self.project, article, 1, now=ids.now())

        self.run(work)
        return article

    async def publish_again(self, conn: Any, article: bytes, title: str, content: str) -> None:
        """The next version of an article."""
        text = versions.Text(title=title, language="en", content=content)
        async with conn.transaction():
            assert await projects.locked(conn, self.project)
            number = await versions.save(conn, self.project, article, text, by=None, now=ids.now())
            await publishing.publish(conn, self.project, article, number, now=ids.now())

    def preparation(self, article: bytes) -> Any:
        """Its row."""
        (row,) = self.stack.sql(
            "SELECT state, stage, error, tries, version, model FROM article_preparations "
            "WHERE project_id = $1 AND article_id = $2",
            UUID(bytes=self.project),
            UUID(bytes=article),
        )
        return row

    def chunks(self, article: bytes) -> list[tuple[int, str]]:
        """Version and content of each."""
        rows = self.stack.sql(
            "SELECT version, content FROM article_chunks WHERE project_id = $1 AND article_id = $2 "
            "ORDER BY number",
            UUID(bytes=self.project),
            UUID(bytes=article),
        )
        return [(row[0], row[1]) for row in rows]

    def found(self, query: str, *languages: str, embedding: Any = None) -> list[Found]:
        async def work(conn: Any) -> list[Found]:
            return await search.search(
                conn, self.project, query, languages=languages, limit=5, embedding=embedding
            )

        made: list[Found] = self.run(work)
        return made

    def work(
        self,
        until: Callable[[], bool],
        *,
        workers: int = 1,
        asker: Asker | None = None,
        beside: Callable[[], Awaitable[None]] | None = None,
        **given: Any,
    ) -> None:
        """Runs stages until `until` holds, which is asked in a thread."""

        async def whole() -> None:
            async with asyncio.timeout(PATIENCE), stages(self.stack, workers, asker, given):
                if beside is not None:
                    await beside()
                while not await asyncio.to_thread(until):  # noqa: ASYNC110  a row of another task
                    await asyncio.sleep(0.02)

        asyncio.run(whole())


@asynccontextmanager
async def stages(
    stack: Stack, count: int, asker: Asker | None, given: dict[str, Any]
) -> AsyncGenerator[None]:
    """Some workers, each with a pool of its own."""
    made = settings.read(
        {
            "PARLEY_DATABASE_URL": stack.database_url,
            "PARLEY_REDIS_URL": stack.redis_url,
            "PARLEY_SECRET_KEY": SECRET,
            **{f"PARLEY_{name.upper()}": str(value) for name, value in given.items()},
        }
    )

    @asynccontextmanager
    async def open_asker(_settings: Any, _redis: bus.Redis) -> AsyncGenerator[Asker | None]:
        yield asker

    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(_worker(made, f"worker{number}", stop, open_asker))
        try:
            yield
        finally:
            stop.set()


async def _worker(made: settings.Settings, name: str, stop: asyncio.Event, open_asker: Any) -> None:
    async with pool.open_database(made.database_url, size=8) as database:
        control = Control(made.redis_url, stop)  # the stage listens to none
        process = Process(made, Sealer.of(made), name, database, control, Wakeup(), stop)
        await KnowledgeStage(process, open_asker).run(Health("knowledge"))
