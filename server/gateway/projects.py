"""What the gateway knows of projects: their settings, kept for a while, and kept on when Postgres is away."""

from typing import Final, NamedTuple

import trio

from core.db.projects import projects
from core.ids import ProjectId
from core.model import Project
from server.pool import UNAVAILABLE, Database

FRESH: Final = 30.0  # seconds
ABSENT: Final = 5.0  # seconds that an id that does not exist is remembered
MOST: Final = 10_000  # beyond it the oldest is forgotten, so that invented ids fill no memory
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
        self._doubted: set[ProjectId] = set()  # being asked for, and changed since

    async def get(self, project: ProjectId) -> Project | None:
        """None when there is no such project. Raises what AWAY names when nobody can say."""
        known = self._known.get(project)
        if known is not None and known.until > trio.current_time():
            return known.project
        if (asking := self._asking.get(project)) is not None:  # ten thousand come back at once: one asks
            await asking.wait()
            known = self._known.get(project, known)
            if known is None:
                raise TimeoutError("Postgres is away")
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
        """Its settings changed: ask again before the next answer, and stay with these when nobody can say."""
        known = self._known.get(project)
        if known is not None:
            self._known[project] = known._replace(until=trio.current_time())
        if project in self._asking:  # that answer may be older than the change
            self._doubted.add(project)

    def doubt(self) -> None:
        """Changes may have gone unheard."""
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
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]
