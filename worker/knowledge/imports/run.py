"""Works one import off, page by page: what is done stays done, and a cancelled one ends after its page."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final

from core import ids
from core.db import claims
from core.db.knowledge import imports
from core.db.knowledge.imports import CLAIMS, Due, Page
from core.db.projects import projects
from core.ids import ProjectId
from core.knowledge import files
from core.telemetry.log import Log, log
from worker import pool
from worker.knowledge.extraction.extractor import Extractor
from worker.knowledge.extraction.wire import Extracted, Refused
from worker.knowledge.imports import sitemaps, storing
from worker.knowledge.imports.fetching import NotFetched, PageFetcher
from worker.knowledge.imports.storing import Stored

SECONDS: Final = 1000  # ms
LEASE: Final = 300 * SECONDS  # longer than one page, and than a sitemap with all that it names
SITEMAP_TIMEOUT: Final = 240.0  # seconds, with all that it names
PublishImport = Callable[[ProjectId, bytes, bytes | None], Awaitable[None]]
"""An import of the project went on, and an article changed, or none: pages fetch them again."""


class Lost(Exception):
    """The import was cancelled, or another worker has taken over."""


class Importer:
    """Works for every project."""

    def __init__(
        self,
        database: pool.Database,
        publish: PublishImport,
        fetcher: PageFetcher,
        *,
        stopping: Callable[[], bool],
    ) -> None:
        self._database = database
        self._publish = publish
        self._fetcher = fetcher
        self._stopping = stopping

    async def work(self, due: Due) -> None:
        """Raises UNAVAILABLE; every other failure is the import's."""
        try:
            if due.tries > len(CLAIMS.waits) + 1:  # each process that tried it has ended while it did
                await self._give_up(due, "crashed")
                return
            async with AsyncExitStack() as stack:
                await self._run(due, await stack.enter_async_context(Extractor()))
        except Lost:
            pass
        except NotFetched as error:
            await self._give_up(due, error.code)
        except pool.UNAVAILABLE:
            raise
        except Exception as error:  # noqa: BLE001  the top of one import: others go on
            log(Log.IMPORT_FAILED, level=logging.ERROR, error=error, project=due.project, import_id=due.id)
            await self._retry(due)
        await self._publish(due.project, due.id, None)

    async def _run(self, due: Due, extractor: Extractor) -> None:
        if not await self._pages(due, after=0):
            await self._begin(due, extractor)
        after = 0
        while found := await self._pages(due, after=after):
            for page in found:
                after = page.number
                if page.outcome != "waiting":
                    continue
                if self._stopping():
                    await self._release(due)
                    raise Lost
                await self._finish_page(due, page, extractor)
        async with self._database.connection() as conn:
            await claims.done(conn, CLAIMS, due.key)

    async def _begin(self, due: Due, extractor: Extractor) -> None:
        """Says which pages there are."""
        sources, note = [due.source], ""
        if due.kind == "sitemap":
            try:
                async with asyncio.timeout(SITEMAP_TIMEOUT):
                    sources, note = await sitemaps.addresses(self._fetcher, extractor, due.source)
            except TimeoutError:
                raise NotFetched("timed_out") from None
        async with self._database.connection() as conn, conn.transaction():
            if not await imports.hold(conn, due, lease=LEASE):
                raise Lost
            await imports.add_pages(conn, due.project, due.id, sources, [None] * len(sources))
            await imports.note(conn, due, note)
        await self._publish(due.project, due.id, None)

    async def _finish_page(self, due: Due, page: Page, extractor: Extractor) -> None:
        """Fetches and stores it, or refuses it with a reason: one page holds up no other."""
        try:
            await self._page(due, page, extractor)
        except Lost:
            raise
        # An argument that asyncpg refuses is a ValueError, and one of UNAVAILABLE: it would be that for ever.
        except pool.UNAVAILABLE as error:
            if not isinstance(error, ValueError):
                raise
            await self._fail_page(due, page, error)
        except Exception as error:  # noqa: BLE001  the top of one page: others go on
            await self._fail_page(due, page, error)

    async def _fail_page(self, due: Due, page: Page, error: Exception) -> None:
        log(
            Log.IMPORT_PAGE_FAILED,
            level=logging.ERROR,
            error=error,
            project=due.project,
            import_id=due.id,
            page=page.number,
        )
        async with self._database.connection() as conn, conn.transaction():
            if not await imports.hold(conn, due, lease=LEASE):
                raise Lost
            await imports.end_page(conn, due, page.number, "refused", code="internal")
        await self._publish(due.project, due.id, None)

    async def _page(self, due: Due, page: Page, extractor: Extractor) -> None:
        document = await self._document(due, page, extractor)
        now = ids.now()
        async with self._database.connection() as conn, conn.transaction():
            # The project before the import, as servers lock them.
            if await projects.locked(conn, due.project) is None:
                raise Lost
            if not await imports.hold(conn, due, lease=LEASE):
                raise Lost
            if isinstance(document, Extracted):
                url = "" if due.kind == "file" else page.source
                stored = await storing.store(conn, due, document, url=url, article=page.article, now=now)
            else:
                stored = Stored("refused", document)
            await imports.end_page(
                conn, due, page.number, stored.outcome, code=stored.code, article=stored.article
            )
        changed = stored.article if stored.outcome in {"created", "changed"} else None
        await self._publish(due.project, due.id, changed)

    async def _document(self, due: Due, page: Page, extractor: Extractor) -> Extracted | str:
        """A code, where there is none."""
        if due.kind == "file":
            async with self._database.connection() as conn:
                body = await imports.body(conn, due)
            if body is None:
                raise Lost
            found = await extractor.document(files.kind(due.source), body, name=due.source)
        else:
            try:
                got = await self._fetcher.page(page.source)
            except NotFetched as error:
                return error.code
            found = await extractor.document(got.kind, got.body, url=got.url, charset=got.charset)
        return found.code if isinstance(found, Refused) else found

    async def _pages(self, due: Due, *, after: int) -> list[Page]:
        async with self._database.connection() as conn:
            return await imports.pages(conn, due.project, due.id, after=after, limit=imports.MAX_PAGES)

    async def _release(self, due: Due) -> None:
        """Another worker goes on with the pages that wait."""
        async with self._database.connection() as conn:
            await claims.release(conn, CLAIMS, due.key)

    async def _give_up(self, due: Due, code: str) -> None:
        async with self._database.connection() as conn:
            await claims.give_up(conn, CLAIMS, due.key, reason=code)

    async def _retry(self, due: Due) -> None:
        wait = claims.backoff(CLAIMS, tries=due.tries)
        if wait is None:
            await self._give_up(due, "internal")
            return
        async with self._database.connection() as conn:
            await claims.postpone(conn, CLAIMS, due.key, wait=round(wait * SECONDS))
