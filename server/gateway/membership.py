"""Polls Postgres whether this process's agents are still members, in case a signal was lost."""

import logging
from collections.abc import Iterable
from typing import Final

import trio

from core import ids
from core.db.projects import members, projects
from core.db.projects.members import Claim
from core.ids import ProjectId
from core.model import Role
from core.telemetry.log import Log, log
from protocol.codes import CloseCode
from server.gateway.hub import Hub, Peer
from server.pool import UNAVAILABLE, Database

INTERVAL: Final = 30.0  # seconds
DEADLINE: Final = 5.0  # seconds


class Membership:
    """One per process. Without Postgres every agent stays connected: membership cannot be checked."""

    def __init__(self, hub: Hub, database: Database) -> None:
        self._hub = hub
        self._database = database
        self._news = trio.Event()

    async def holds(self, peer: Peer) -> bool:
        """Whether the peer's session is valid and its user a member. Raises UNAVAILABLE or TooSlowError."""
        claim = _claim(peer)
        with trio.fail_after(DEADLINE):
            project_role = (await self._project_roles([claim])).get(claim)
        peer.project_role = project_role
        return project_role is not None

    def doubt(self) -> None:
        """A signal may have been lost: check soon."""
        self._news.set()

    async def watch(self) -> None:
        """Check all agents and projects every INTERVAL, until cancelled; close those that are gone."""
        while True:
            with trio.move_on_after(INTERVAL):
                await self._news.wait()
            self._news = trio.Event()
            try:
                with trio.fail_after(DEADLINE):
                    await self._close_strangers()
                    await self._close_deleted()
            except (*UNAVAILABLE, trio.TooSlowError) as error:
                log(Log.STAGE_FAILED, level=logging.WARNING, error=error, stage="membership")

    async def _close_strangers(self) -> None:
        peers = [peer for room in self._hub.rooms.values() for peer in room.agents]
        roles = await self._project_roles(_claim(peer) for peer in peers)
        for peer in peers:
            project_role = roles.get(_claim(peer))
            if project_role is None:
                peer.close(CloseCode.LOGGED_OUT, "no longer a member")
            elif project_role != peer.project_role:
                peer.close(CloseCode.CREDENTIAL_EXPIRED, "the role has changed")

    async def _close_deleted(self) -> None:
        here: list[ProjectId] = list(self._hub.rooms)
        if not here:
            return
        async with self._database.connection() as conn:
            living = await projects.living(conn, here)
        for project in here:
            if project not in living and (room := self._hub.rooms.get(project)) is not None:
                room.close(CloseCode.PROJECT_DISABLED, "the project was deleted")

    async def _project_roles(self, claims: Iterable[Claim]) -> dict[Claim, Role]:
        """The roles of all claims in one query; no query without claims."""
        asked = list(dict.fromkeys(claims))
        if not asked:
            return {}
        async with self._database.connection() as conn:
            return await members.entitled(conn, asked, now=ids.now())


def _claim(peer: Peer) -> Claim:
    assert peer.user is not None
    assert peer.sign_in is not None
    return peer.sign_in, peer.user, peer.project.id
