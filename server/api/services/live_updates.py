"""Publishes changes to connected sockets at once. May be lost: then gateways notice at their next poll."""

from collections.abc import Sequence
from typing import Final

import trio

from core.bus import rooms
from core.bus.connection import UNAVAILABLE
from core.db.connection import Connection
from core.db.identity import users
from core.ids import UserId
from core.signals import News, Resource, ResourceChanged, Signal
from server.api.services.services import Services

DEADLINE: Final = 1.0  # seconds


async def publish(services: Services, signals: Sequence[Signal]) -> None:
    """Publish to the servers with sockets of the signals' projects. Call it after the commit."""
    if not signals:
        return
    try:
        with trio.fail_after(DEADLINE):
            await rooms.publish_signals(services.redis, signals)
    except (*UNAVAILABLE, trio.TooSlowError):
        return


async def announce(services: Services, news: News) -> None:
    """Publish to every server and worker."""
    try:
        with trio.fail_after(DEADLINE):
            await rooms.announce(services.redis, [news])
    except (*UNAVAILABLE, trio.TooSlowError):
        return


async def member_changed(conn: Connection, user: UserId) -> list[Signal]:
    """One signal per project of the user, whose lists of members change; `publish` them after the commit."""
    return [
        ResourceChanged(each.project, Resource.MEMBERS, user) for each in await users.memberships(conn, user)
    ]
