"""What a stage is, and what it gets from its process."""

import asyncio
from typing import NamedTuple, Protocol

from core.config.settings import Settings
from core.identity.encryption import Sealer
from worker.control import Control
from worker.pool import Database
from worker.supervision import Health
from worker.wakeup import Wakeup


class Stage(Protocol):
    """One kind of work, in a folder of its own; made once, and run again whenever it failed."""

    async def run(self, health: Health) -> None:
        """Works until the process's `stop` is set, then finishes what it began. Raises any failure."""


class Process(NamedTuple):
    """The parts of one worker process. A stage opens nothing before it runs."""

    settings: Settings
    sealer: Sealer
    worker: str  # the process's id
    database: Database
    control: Control
    wakeup: Wakeup
    stop: asyncio.Event
