"""What live sockets learn at once. May be lost: then their gateways find out when they next ask Postgres."""

from collections.abc import Sequence
from typing import Final

import trio

from core.bus import rooms
from core.bus.connection import UNAVAILABLE
from core.signals import News, Signal
from server.api.services.services import Services

DEADLINE: Final = 1.0  # seconds


async def publish(services: Services, signals: Sequence[Signal]) -> None:
    """Those who have sockets of the signals' projects. After the commit of what is told."""
    if not signals:
        return
    try:
        with trio.fail_after(DEADLINE):
            await rooms.publish_signals(services.redis, signals)
    except (*UNAVAILABLE, trio.TooSlowError):
        return


async def announce(services: Services, news: News) -> None:
    """Every server, whatever sockets it has."""
    try:
        with trio.fail_after(DEADLINE):
            await rooms.announce(services.redis, [news])
    except (*UNAVAILABLE, trio.TooSlowError):
        return
