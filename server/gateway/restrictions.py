"""Hop 2: which visitors of this process are muted or blocked, or come from a blocked address.

The worker decides about a blocked visitor's messages by its own rows. Here is what it cannot know: the
address of a message, and signals, which never reach Postgres.
"""

import ipaddress
import logging
from collections import defaultdict
from collections.abc import Container, Iterable
from typing import Final

import msgspec
import trio

from core import ids
from core.db.chat import restrictions
from core.db.projects import address_blocks
from core.ids import ProjectId, VisitorId
from core.telemetry.log import Log, log
from core.text.networks import Network, contains
from server.gateway.hub import Hub, Peer
from server.pool import UNAVAILABLE, Database

INTERVAL: Final = (
    30.0  # seconds between two loads of all rooms, in case a signal was lost or a block has expired
)
RETRY: Final = 5.0  # seconds
DEADLINE: Final = 4.0  # seconds


class Restricted(msgspec.Struct, frozen=True):
    """Of one project."""

    networks: tuple[Network, ...] = ()
    visitors: frozenset[VisitorId] = frozenset()

    def covers(self, address: str) -> bool:
        """Whether the address is blocked."""
        return any(contains(network, address) for network in self.networks)


class Restrictions:
    """One per process. What was loaded last is used while Postgres is unavailable."""

    def __init__(self, hub: Hub, database: Database) -> None:
        self._hub = hub
        self._database = database
        self._known: dict[ProjectId, Restricted] = {}  # of rooms, whose signals we get
        self._wanted: set[ProjectId] = set()
        self._loading: set[ProjectId] = set()
        self._news = trio.Event()
        self._done = trio.Event()  # set when the load that begins next has ended

    async def judge(self, peer: Peer) -> None:
        """Set the marks of a visitor's peer, which has joined its room. Raises UNAVAILABLE."""
        project = peer.project.id
        if project not in self._known or project in self._wanted or project in self._loading:
            self.changed(project)
            done = self._done
            await done.wait()
            if project not in self._known:
                raise TimeoutError("Postgres is unavailable")
        self._mark(peer)

    def changed(self, project: ProjectId) -> None:
        """Load those of a project again, soon."""
        self._wanted.add(project)
        self._news.set()

    def keep(self, rooms: Container[ProjectId]) -> None:
        """Forget other projects: their signals do not come here any more."""
        self._known = {project: known for project, known in self._known.items() if project in rooms}

    def doubt(self) -> None:
        """Signals may have been lost: load all of them again, soon."""
        self._wanted.update(self._hub.rooms)
        self._news.set()

    async def watch(self) -> None:
        """Load what is wanted, and everything each INTERVAL, until cancelled. One query for all who wait."""
        next_all = trio.current_time() + INTERVAL
        while True:
            with trio.move_on_at(next_all):
                await self._news.wait()
            if trio.current_time() >= next_all:
                self.doubt()
                next_all = trio.current_time() + INTERVAL
            self._loading, self._wanted = self._wanted, set()
            done, self._done = self._done, trio.Event()
            self._news = trio.Event()
            try:
                with trio.fail_after(DEADLINE):
                    await self._load(self._loading)
            except (*UNAVAILABLE, trio.TooSlowError) as error:
                log(Log.STAGE_FAILED, level=logging.WARNING, error=error, stage="restrictions")
                next_all = min(next_all, trio.current_time() + RETRY)
            finally:
                self._loading = set()
                done.set()

    async def _load(self, wanted: Iterable[ProjectId]) -> None:
        asked = list(wanted)
        if not asked:
            return
        networks: dict[ProjectId, list[Network]] = defaultdict(list)
        visitors: dict[ProjectId, set[VisitorId]] = defaultdict(set)
        async with self._database.connection() as conn:
            for project, network in await address_blocks.in_force(conn, asked, now=ids.now()):
                networks[project].append(ipaddress.ip_network(network))
            for project, visitor in await restrictions.visitors_of(conn, asked):
                visitors[project].add(visitor)
        for project in asked:
            self._known[project] = Restricted(tuple(networks[project]), frozenset(visitors[project]))
            if (room := self._hub.rooms.get(project)) is not None:
                for online_visitor in room.visitors.values():
                    for peer in online_visitor.peers:
                        self._mark(peer)

    def _mark(self, peer: Peer) -> None:
        known = self._known[peer.project.id]
        peer.withheld = known.covers(peer.address)
        peer.quiet = peer.withheld or peer.visitor in known.visitors
