"""The stage `knowledge`: prepares what was published, and imports articles. Workers share the work."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from core import ids
from core.bus import connection as bus
from core.bus import rooms
from core.config import ai_providers
from core.config.settings import Settings
from core.db import claims
from core.db.knowledge import imports, preparations, vectors
from core.ids import ProjectId
from core.outbound.fetch import Fetcher
from core.signals import Resource, ResourceChanged
from core.telemetry.log import Log, log
from core.text import networks
from worker import pool
from worker.knowledge.imports import schedule
from worker.knowledge.imports.fetching import PageFetcher
from worker.knowledge.imports.run import Importer
from worker.knowledge.preparation import Preparer
from worker.process import Process
from worker.providers.asker import Asker
from worker.providers.client import ProviderClient
from worker.providers.embeddings import EmbeddingsClient, open_embeddings
from worker.providers.failover import Providers
from worker.providers.own import OwnProviders
from worker.resolve import resolve
from worker.supervision import Health
from worker.waiting import first_of

SECONDS: Final = 1000  # ms
INTERVAL: Final = 0.5  # seconds between polls
LEASE: Final = 300 * SECONDS  # how long a claim belongs to one worker; longer than an attempt
MAX_PREPARING: Final = 4  # articles at a time in this process
MAX_IMPORTING: Final = 2
SCHEDULE_EVERY: Final = 30 * SECONDS
FINISH_WITHIN: Final = 8.0  # seconds that articles have to end when the process stops
CONNECTIONS: Final = 4  # to Redis
REQUEUED: Final = 200  # articles without the model's vectors that are queued at a time

OpenAsker = Callable[[Settings, bus.Redis], AbstractAsyncContextManager[Asker | None]]


class KnowledgeStage:
    """The stage."""

    def __init__(self, process: Process, open_asker: OpenAsker | None = None) -> None:
        """Opens nothing yet."""
        self._process = process
        self._settings = process.settings
        self._stop = process.stop
        self._open_asker = open_asker or _open_models
        self._ended = asyncio.Event()  # there is room for more work
        self._next_schedule = 0  # when articles to be fetched again are looked for

    async def run(self, health: Health) -> None:
        """Runs until `stop`; what is under way then has FINISH_WITHIN, and is left to other workers."""
        guard = Fetcher(resolve, allowed=networks.listed(self._settings.outbound_networks))
        async with (
            pool.connection(self._settings.database_url, name="parley knowledge") as conn,
            bus.client(self._settings.redis_url, connections=CONNECTIONS) as redis,
            self._open_asker(self._settings, redis) as asker,
            OwnProviders(self._settings, self._process.sealer, redis) as own,
            open_embeddings(self._settings) as embeddings,
            contextlib.aclosing(guard),
            asyncio.TaskGroup() as group,
        ):
            client = await _usable(conn, embeddings)
            database, changes = self._process.database, _Changes(redis)

            async def asker_of(given: pool.Driver, project: ProjectId) -> Asker | None:
                return await own.of_project(given, project) or asker

            preparer = Preparer(database, changes.publish_article, asker_of, client)
            importer = Importer(
                database, changes.publish_import, PageFetcher(guard), stopping=self._stop.is_set
            )
            preparing, importing = _Tasks(group, self._ended), _Tasks(group, self._ended)
            while not self._stop.is_set():
                self._ended.clear()
                articles = await self._due_articles(conn, room=MAX_PREPARING - len(preparing), client=client)
                for one in articles:
                    preparing.start(preparer.work(one))
                found = await self._due_imports(conn, changes, room=MAX_IMPORTING - len(importing))
                for each in found:
                    importing.start(importer.work(each))
                health.works()
                if not articles and not found:
                    await self._pause()
            await asyncio.gather(preparing.finish(), importing.finish())

    async def _due_articles(
        self, conn: pool.Driver, *, room: int, client: EmbeddingsClient | None
    ) -> list[preparations.Due]:
        if room <= 0:
            return []
        rows = await claims.claim(conn, preparations.CLAIMS, lease=LEASE, limit=room)
        if not rows and client is not None:
            await preparations.queue_for_model(conn, client.name, limit=REQUEUED)
        return [preparations.Due(*row) for row in rows]

    async def _due_imports(self, conn: pool.Driver, changes: "_Changes", *, room: int) -> list[imports.Due]:
        now = ids.now()
        if now >= self._next_schedule:
            self._next_schedule = now + SCHEDULE_EVERY
            async with conn.transaction():
                queued = await schedule.queue_due(conn, now=now)
            for project, given in queued:
                await changes.publish_import(project, given, None)
        if room <= 0:
            return []
        rows = await claims.claim(conn, imports.CLAIMS, lease=LEASE, limit=room)
        return [imports.Due(*row) for row in rows]

    async def _pause(self) -> None:
        """Ends early at `stop`, or when something has ended."""
        await first_of(self._stop, self._ended, within=INTERVAL)


class _Changes:
    """Publishes to open pages what has changed. It may be lost: pages fetch everything when they open."""

    def __init__(self, redis: bus.Redis) -> None:
        self._redis = redis

    async def publish_article(self, project: ProjectId, article: bytes) -> None:
        await self._publish([ResourceChanged(project, Resource.ARTICLES, article)])

    async def publish_import(self, project: ProjectId, given: bytes, article: bytes | None) -> None:
        changed = [ResourceChanged(project, Resource.ARTICLE_IMPORTS, given)]
        if article is not None:
            changed.append(ResourceChanged(project, Resource.ARTICLES, article))
        await self._publish(changed)

    async def _publish(self, changed: list[ResourceChanged]) -> None:
        with contextlib.suppress(*bus.UNAVAILABLE):
            await rooms.publish_signals(self._redis, changed)


class _Tasks:
    """What is under way, of one kind."""

    def __init__(self, group: asyncio.TaskGroup, ended: asyncio.Event) -> None:
        self._group = group
        self._ended = ended
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._group.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        """Where Postgres is away, the lease ends and the work is begun again."""
        try:
            with contextlib.suppress(*pool.UNAVAILABLE):
                await work
        finally:
            self._ended.set()

    async def finish(self) -> None:
        """Within FINISH_WITHIN; what is not done then is cancelled."""
        if tasks := list(self._tasks):
            await asyncio.wait(tasks, timeout=FINISH_WITHIN)
        for task in tasks:
            task.cancel()


@asynccontextmanager
async def _open_models(settings: Settings, redis: bus.Redis) -> AsyncGenerator[Asker | None]:
    """The operator's; rules are no model, and cannot summarise."""
    listed = [one for one in ai_providers.read(settings.ai) if not one.scripted]
    if not listed:
        yield None
        return
    async with ProviderClient() as client:
        yield Providers(listed, redis, client)


async def _usable(conn: pool.Driver, client: EmbeddingsClient | None) -> EmbeddingsClient | None:
    """None where vectors could not be searched."""
    if client is not None and not await vectors.searchable(conn):
        log(Log.EMBEDDINGS_OFF, reason="the database does not have pgvector")
        return None
    return client
