"""Publishes changes to connected sockets at once. May be lost: then gateways notice at their next poll."""

from collections.abc import Sequence
from typing import Final

import trio

from core.bus import rooms
from core.bus.connection import UNAVAILABLE
from core.signals import News, Signal
from server.api.services.services import Services

DEADLINE: Final = 1.0  # seconds


async def publish(services: Services, signals: Sequence[Signal]) -> None:
    """Publish to the servers with sockets of the signals' projects; news to every server and worker.

    Call it after the commit. A lost signal costs time, never correctness: requests are refused at once, and
    every server polls the memberships of its sockets, and the projects that it knows.
    """
    news = [signal for signal in signals if isinstance(signal, News)]
    signals = [signal for signal in signals if not isinstance(signal, News)]
    if news:
        await announce(services, news)
    if not signals:
        return
    try:
        with trio.fail_after(DEADLINE):
            await rooms.publish_signals(services.redis, signals)
    except (*UNAVAILABLE, trio.TooSlowError):
        return


async def announce(services: Services, news: Sequence[News]) -> None:
    """Publish to every server and worker."""
    try:
        with trio.fail_after(DEADLINE):
            await rooms.announce(services.redis, news)
    except (*UNAVAILABLE, trio.TooSlowError):
        return
