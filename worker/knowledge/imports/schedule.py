"""Queues imports of articles whose time to be fetched again has come: one for each project."""

from collections import defaultdict
from typing import Final

from core import ids
from core.db.connection import Connection
from core.db.knowledge import imported, imports
from core.db.knowledge.imported import Scheduled
from core.db.knowledge.imports import MAX_PAGES, NewImport
from core.ids import ProjectId

TAKEN: Final = MAX_PAGES  # articles at a time, so that one import has room for them


async def queue_due(conn: Connection, *, now: int) -> list[tuple[ProjectId, bytes]]:
    """The imports that were queued. In the caller's transaction."""
    by_project: dict[ProjectId, list[Scheduled]] = defaultdict(list)
    for one in await imported.take_scheduled(conn, now=now, limit=TAKEN):
        by_project[one.project].append(one)
    made: list[tuple[ProjectId, bytes]] = []
    for project, found in by_project.items():
        given = ids.make(now)
        new = NewImport(kind="schedule", source=found[0].url)
        await imports.add(conn, project, given, new, by=None, now=now)
        await imports.add_pages(
            conn, project, given, [one.url for one in found], [one.article for one in found]
        )
        made.append((project, given))
    return made
