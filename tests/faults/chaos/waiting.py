"""Waiting for what another process does: there is no event to wait for, so we look again and again."""

from collections.abc import Callable

import trio

LOOK_EVERY = 0.02  # seconds


async def until(holds: Callable[[], bool], *, within: float) -> bool:
    """Whether it held within that many seconds."""
    with trio.move_on_after(within):
        while not holds():  # noqa: ASYNC110
            await trio.sleep(LOOK_EVERY)
        return True
    return False
