"""What the parts of the server process stand on; made by __main__, handed to gateway and API."""

from typing import NamedTuple

from core.bus.connection import Redis
from core.settings import Settings
from server.pool import Database


class Context(NamedTuple):
    """One per process."""

    settings: Settings
    database: Database
    redis: Redis
