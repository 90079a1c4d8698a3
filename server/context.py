"""The shared resources of the server process; made by server.process for gateway and API."""

from typing import NamedTuple

from core.bus.connection import Redis
from core.config.settings import Settings
from server.pool import Database
from server.reading.pool import ReadPool


class Context(NamedTuple):
    """One per process."""

    settings: Settings
    database: Database
    redis: Redis
    read_pool: ReadPool
