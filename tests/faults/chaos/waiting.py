"""Polling for what another process does, for which there is no event to wait for."""

from collections.abc import Callable

import trio

POLL_INTERVAL = 0.02  # seconds


async def until(holds: Callable[[], bool], *, within: float) -> bool:
    """Whether `holds` became true within that many seconds."""
    with trio.move_on_after(within):
        while not holds():  # noqa: ASYNC110
            await trio.sleep(POLL_INTERVAL)
        return True
    return False
