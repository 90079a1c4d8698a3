"""Notes which sites load the widget, and which are refused, so that managers see both.

The gateway and the API have one each. A site is written at most once a minute by each, and what strangers can
cause is bounded: few refusals per network and minute, and in Redis the latest ten sites of a project.
"""

import time
from typing import Final

import trio

from core.bus import rooms, sites
from core.bus.connection import UNAVAILABLE, Redis
from core.ids import ProjectId
from core.signals import Resource, ResourceChanged
from core.text import origins
from server.windows import Windows

DEADLINE: Final = 0.5  # seconds; a note may be lost
REFUSALS: Final = 3  # notes per minute that one network can cause
PER_PROJECT: Final = 20  # notes per minute

_Key = tuple[ProjectId, str, str]


class Sites:
    """One for each caller."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._noted: Windows[_Key] = Windows(keys=5_000)
        self._projects: Windows[ProjectId] = Windows(keys=5_000)
        self._networks: Windows[str] = Windows(keys=5_000)

    async def seen(self, project: ProjectId, origin: str | None) -> None:
        """A page of an allowed site loaded the widget."""
        await self._note(project, "seen", origin, network=None)

    async def refused(self, project: ProjectId, origin: str | None, *, network: str) -> None:
        """A page of another site tried to."""
        await self._note(project, "refused", origin, network=network)

    async def _note(
        self, project: ProjectId, kind: sites.Kind, origin: str | None, *, network: str | None
    ) -> None:
        page = origins.parse(origin)
        if page is None or not origins.resolvable(page.host):
            return
        now = trio.current_time()
        if self._noted.take((project, kind, page.host), now, limit=1):
            return
        if network is not None and self._networks.take(network, now, limit=REFUSALS):
            return
        if self._projects.take(project, now, limit=PER_PROJECT):
            return
        try:
            with trio.fail_after(DEADLINE):
                at = time.time_ns() // 1_000_000
                if await sites.note(self._redis, project, kind, page.host, at=at):
                    changed = ResourceChanged(project, Resource.SITES)
                    await rooms.publish_signals(self._redis, [changed])
        except (*UNAVAILABLE, trio.TooSlowError):
            return
