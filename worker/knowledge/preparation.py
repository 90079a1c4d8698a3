"""Prepares one published version: chunks, then a summary, then vectors, each stored when it is made."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from core import failpoints
from core.db import claims
from core.db.knowledge import chunks, preparations, vectors
from core.db.knowledge.preparations import CLAIMS, Due, Stage, Text
from core.ids import ProjectId
from core.knowledge import chunks as cutting
from core.knowledge import summary
from core.telemetry.log import Log, log
from worker import pool
from worker.providers.asker import Asker, unseen
from worker.providers.embeddings import EmbeddingsClient
from worker.providers.errors import ProviderError

SECONDS: Final = 1000  # ms
SUMMARY_TIMEOUT: Final = 60.0  # seconds

PublishArticle = Callable[[ProjectId, bytes], Awaitable[None]]
"""An article of the project changed: pages that show it fetch it again."""


AskerOf = Callable[[pool.Driver, ProjectId], Awaitable[Asker | None]]


class Outdated(Exception):
    """A newer version was published, the article is gone, or another worker has taken over."""


class Preparer:
    """Works for every project. `client` None: no vectors are made."""

    def __init__(
        self,
        database: pool.Database,
        publish: PublishArticle,
        asker_of: AskerOf,
        client: EmbeddingsClient | None,
    ) -> None:
        self._database = database
        self._publish = publish
        self._asker_of = asker_of
        self._client = client

    async def work(self, due: Due) -> None:
        """Raises UNAVAILABLE; every other failure is the row's."""
        try:
            if due.tries > len(CLAIMS.waits) + 1:  # each process that tried it has ended while it did
                await self._failed(due, "crashed")
                return
            await self._steps(due)
        except Outdated:
            return
        except ProviderError as error:
            await self._failed(due, error.code)
        except pool.UNAVAILABLE:
            raise
        except Exception as error:  # noqa: BLE001  the top of one article: others go on
            log(
                Log.ARTICLE_FAILED, level=logging.ERROR, error=error, project=due.project, article=due.article
            )
            await self._failed(due, "internal")
        await self._publish(due.project, due.article)

    async def _steps(self, due: Due) -> None:
        async with self._database.connection() as conn:
            text = await preparations.text(conn, due)
        if text is None:
            raise Outdated
        if due.stage != "vectors":
            await self._enter(due, "chunks")
            await self._store_chunks(due, text)
            failpoints.hit("knowledge.after_chunks")
            await self._enter(due, "summary")
            await self._summarise(due, text)
        if self._client is not None:
            await self._enter(due, "vectors")
            await self._store_vectors(due, text, self._client)
        async with self._database.connection() as conn:
            if not await claims.done(conn, CLAIMS, due.key):
                raise Outdated

    async def _enter(self, due: Due, stage: Stage) -> None:
        async with self._database.connection() as conn:
            if not await preparations.enter(conn, due, stage):
                raise Outdated
        await self._publish(due.project, due.article)

    async def _store_chunks(self, due: Due, text: Text) -> None:
        cut = cutting.chunks(text.content) or [cutting.Chunk("", text.title)]
        async with self._database.connection() as conn, conn.transaction():
            if not await preparations.hold(conn, due):
                raise Outdated
            await chunks.replace(
                conn,
                due.project,
                due.article,
                due.version,
                title=text.title,
                language=text.language,
                chunks=cut,
            )
            await preparations.name_model(conn, due, "")

    async def _summarise(self, due: Due, text: Text) -> None:
        """A failure leaves it empty: searches and answers do without."""
        if text.summary:
            return  # of the same version, when it was published before
        made = await self._summary(due, text)
        if not made:
            return
        async with self._database.connection() as conn, conn.transaction():
            if not await preparations.hold(conn, due):
                raise Outdated
            await preparations.summarise(conn, due, made)

    async def _summary(self, due: Due, text: Text) -> str:
        async with self._database.connection() as conn:
            asker = await self._asker_of(conn, due.project)
        if asker is None:
            return ""
        try:
            async with asyncio.timeout(SUMMARY_TIMEOUT):
                answer = await asker.ask(
                    summary.request(text.title, text.content),
                    (),
                    required=False,
                    max_tokens=summary.MAX_TOKENS,
                    on_text=unseen,
                )
        except (ProviderError, TimeoutError):
            return ""
        return "" if answer.reply.refused else summary.cut(answer.reply.text)

    async def _store_vectors(self, due: Due, text: Text, client: EmbeddingsClient) -> None:
        async with self._database.connection() as conn:
            cut = await chunks.by_article(conn, due.project, due.article, limit=cutting.MAX_CHUNKS)
        found = await client.vectors([f"{text.title}\n{one.heading}\n\n{one.content}" for one in cut])
        async with self._database.connection() as conn, conn.transaction():
            if not await preparations.hold(conn, due):
                raise Outdated
            await vectors.add(conn, due.project, due.article, model=client.name, found=found)
            await preparations.name_model(conn, due, client.name)

    async def _failed(self, due: Due, code: str) -> None:
        """Again later, or given up; what was stored stays, so that words alone find the article."""
        wait = claims.backoff(CLAIMS, tries=due.tries)
        async with self._database.connection() as conn:
            if wait is None:
                await claims.give_up(conn, CLAIMS, due.key, reason=code)
                log(
                    Log.ARTICLE_FAILED,
                    level=logging.WARNING,
                    code=code,
                    project=due.project,
                    article=due.article,
                )
            else:
                await claims.postpone(conn, CLAIMS, due.key, wait=round(wait * SECONDS))
