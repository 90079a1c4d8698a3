"""Ends a run whose target has been unreachable for long: it would measure nothing."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from bench.target import Unfit

TIMEOUT: Final = 60.0  # seconds without a single visitor online
INTERVAL: Final = 1.0  # seconds between two checks


async def watch(online: Callable[[], int], *, url: str) -> None:
    """Raises Unfit when no visitor has been online for TIMEOUT; runs until cancelled otherwise."""
    seen = time.perf_counter()
    while True:
        now = time.perf_counter()
        if online():
            seen = now
        elif now - seen > TIMEOUT:
            raise Unfit(f"{url} has been unreachable for {TIMEOUT:.0f} s")
        await asyncio.sleep(INTERVAL)
