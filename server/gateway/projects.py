"""The gateway's cache of project settings; stale entries are used while Postgres is unavailable."""

from typing import Final, NamedTuple

import trio

from core.db.projects import projects
from core.ids import ProjectId
from core.model import Project
from server.pool import UNAVAILABLE, Database

FRESH: Final = 30.0  # seconds
ABSENT: Final = 5.0  # seconds that an unknown id is cached
MAX_CACHED: Final = 10_000  # beyond it the oldest is evicted, so that invented ids cannot fill the memory
DEADLINE: Final = 4.0  # seconds


class Known(NamedTuple):
    project: Project | None
    until: float  # trio time


class Projects:
    """One per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[ProjectId, Known] = {}
        self._asking: dict[ProjectId, trio.Event] = {}
        self._doubted: set[ProjectId] = set()  # being loaded, and changed since

    async def get(self, project: ProjectId) -> Project | None:
        """The project, None if there is none. Single-flight. Raises UNAVAILABLE if it is not cached and
        Postgres is unavailable.
        """
        known = self._known.get(project)
        if known is not None and known.until > trio.current_time():
            return known.project
        if (asking := self._asking.get(project)) is not None:  # single-flight: one query for all
            await asking.wait()
            known = self._known.get(project, known)
            if known is None:
                raise TimeoutError("Postgres is unavailable")
            return known.project
        self._asking[project] = trio.Event()
        try:
            return await self._ask(project)
        except UNAVAILABLE:
            if known is None:
                raise
            self._keep(project, known.project, ABSENT)
            return known.project
        finally:
            self._asking.pop(project).set()
            self._doubted.discard(project)

    def forget(self, project: ProjectId) -> None:
        """Settings changed: load them before the next answer; without Postgres keep the old ones."""
        known = self._known.get(project)
        if known is not None:
            self._known[project] = known._replace(until=trio.current_time())
        if project in self._asking:  # the answer under way may be older than the change
            self._doubted.add(project)

    def doubt(self) -> None:
        """Signals of changes may have been lost: reload every project before its next answer."""
        for project in (*self._known, *self._asking):
            self.forget(project)

    async def _ask(self, project: ProjectId) -> Project | None:
        with trio.move_on_after(DEADLINE):
            async with self._database.connection() as conn:
                self._doubted.discard(project)
                found = await projects.by_id(conn, project)
            fresh = FRESH if found is not None else ABSENT
            self._keep(project, found, 0.0 if project in self._doubted else fresh)
            return found
        raise TimeoutError("Postgres is late")

    def _keep(self, project: ProjectId, found: Project | None, seconds: float) -> None:
        self._known.pop(project, None)
        self._known[project] = Known(found, trio.current_time() + seconds)
        if len(self._known) > MAX_CACHED:
            del self._known[next(iter(self._known))]
